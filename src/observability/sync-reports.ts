import { ApplicationFailure, log } from '@temporalio/activity';
import type { ActivityInterceptorsFactory, LogLevel } from '@temporalio/worker';
import type { SyncOutcome } from '../cycle/messages.ts';
import { describeOutcome } from '../cycle/summary.ts';
import { type Metrics, workspaceTag } from './metrics.ts';
import { didNothing, outcomesIn, type Subject, subjectOf } from './sync-activity.ts';

/**
 * Logs the outcome of every sync and records its metrics. Each log line of an activity has the ids that join it to
 * `sync_run_history` (`cycleId`, `sync`) and to Temporal (`workflowId`, `workflowRunId`, which the SDK adds).
 */
export const syncReports =
  (metrics: Metrics, of = workspaceTag()): ActivityInterceptorsFactory =>
  ({ info }) => {
    let subject: Subject | null = null;
    const isPreview = info.activityType === 'previewSync';
    const since = (): number => Date.now() - info.scheduledTimestampMs;
    const report = (ending: unknown): void => {
      for (const outcome of outcomesIn(ending)) {
        say(outcome, subject, { durationMs: since(), isPreview });
        if (!isPreview) metrics.ended(outcome, { durationMs: since(), isWhole: info.activityType !== 'syncPages' });
      }
    };
    return {
      inbound: {
        execute: async (input, next) => {
          subject = subjectOf(input.args);
          try {
            const result = await next(input);
            report(result);
            return result;
          } catch (error) {
            if (!isTriedAgain(error)) {
              report(error);
              throw error;
            }
            const { type: code, message, nextRetryDelay } = error;
            log.warn(`${info.activityType} is retried: ${message}`, { code, nextRetryDelay });
            metrics.triedAgain(subject.sync ?? info.activityType, code ?? 'unknown');
            throw error;
          }
        },
      },
      outbound: {
        getLogAttributes: (input, next) => {
          const { cycleId = cycleOf(info), sync, entity } = subject ?? {};
          return next({ ...input, ...of, cycleId, sync, entity });
        },
      },
    };
  };

/** The activities of `syncCycle` itself belong to its run. */
const cycleOf = ({ workflowType, workflowExecution }: Parameters<ActivityInterceptorsFactory>[0]['info']) =>
  workflowType === 'syncCycle' ? workflowExecution?.runId : undefined;

const isTriedAgain = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.nonRetryable !== true;

interface ReportOptions {
  readonly durationMs: number;
  readonly isPreview: boolean;
}

function say(outcome: SyncOutcome, subject: Subject | null, { durationMs, isPreview }: ReportOptions): void {
  const { name: sync, entity, message: _, ...counts } = outcome;
  const isDull = isPreview || (didNothing(outcome) && (subject?.isHinted || subject?.sync === undefined));
  const level: LogLevel = outcome.status === 'failed' ? 'WARN' : isDull ? 'DEBUG' : 'INFO';
  log.log(level, describeOutcome(outcome), { sync, entity, ...counts, durationMs });
}
