import { doJob, type Job } from './jobs.ts';

/** Does the jobs that its parent sends, one after another. */
process.on('message', (job: Job) => {
  doJob(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(job, error);
      process.exit(1);
    },
  );
});
