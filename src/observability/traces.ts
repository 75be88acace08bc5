import { setTimeout as sleep } from 'node:timers/promises';
import { type Attributes, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { envDetectorSync, Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  type OpenTelemetrySinks,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import { AsyncContextManager } from './context-manager.ts';
import { observeRequests, type RequestObserver, routeOf } from './requests.ts';
import { outcomesIn, subjectOf } from './sync-activity.ts';

/** How long a collector that does not answer can delay the end of the process. */
const FLUSH_MS = 2_000;

/** Spans of Temporal's work, of syncs and of requests, for a collector. */
export interface Traces {
  readonly client: WorkflowClientInterceptor;
  readonly activity: readonly ActivityInterceptorsFactory[];
  /** Receives spans from the interceptors in the workflow bundle. */
  readonly sinks: InjectedSinks<OpenTelemetrySinks>;
  flush(): Promise<void>;
}

/** Sets up Temporal's interceptors, Lockstep's spans, and the exporter, which reads `OTEL_EXPORTER_OTLP_…` itself. */
export function startTraces(): Traces {
  const resource = new Resource({ 'service.name': 'lockstep' }).merge(envDetectorSync.detect());
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({ contextManager: new AsyncContextManager() });
  const tracer = provider.getTracer('lockstep');
  observeRequests(requestSpans(tracer));
  return {
    client: startsOnly(new OpenTelemetryWorkflowClientInterceptor()),
    activity: [
      (activity) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(activity),
        outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
      }),
      syncSpans(tracer),
    ],
    sinks: { exporter: makeWorkflowExporter(withoutQueries(processor), resource) },
    flush: async () => {
      const sent = new AbortController();
      const late = sleep(FLUSH_MS, undefined, { signal: sent.signal });
      await Promise.race([provider.forceFlush(), late]).catch(() => undefined);
      sent.abort();
      await late.catch(() => undefined);
    },
  };
}

/** Leaves out queries: the CLI polls a cycle's progress twice a second. */
const startsOnly = (all: OpenTelemetryWorkflowClientInterceptor): WorkflowClientInterceptor => ({
  startWithDetails: (input, next) => all.startWithDetails(input, next),
  signalWithStart: (input, next) => all.signalWithStart(input, next),
});

const withoutQueries = (processor: SpanProcessor): SpanProcessor => ({
  onStart: (span, parent) => processor.onStart(span, parent),
  onEnd: (span) => {
    if (!span.name.startsWith('HandleQuery:')) processor.onEnd(span);
  },
  forceFlush: () => processor.forceFlush(),
  shutdown: () => processor.shutdown(),
});

/** One span per attempt of a sync, with its outcome. */
const syncSpans =
  (tracer: Tracer): ActivityInterceptorsFactory =>
  () => ({
    inbound: {
      execute: async (input, next) => {
        const { sync, entity, cycleId } = subjectOf(input.args);
        if (sync === undefined) return next(input);
        const attributes = { 'lockstep.sync': sync, 'lockstep.entity': entity, 'lockstep.cycle_id': cycleId };
        return tracer.startActiveSpan(`sync ${sync}`, { attributes }, async (span) => {
          try {
            const result = await next(input);
            span.setAttributes(outcomeAttributes(result));
            return result;
          } catch (error) {
            span.setAttributes(outcomeAttributes(error));
            span.setStatus({
              code: SpanStatusCode.ERROR,
              ...(error instanceof Error ? { message: error.message } : {}),
            });
            throw error;
          } finally {
            span.end();
          }
        });
      },
    },
  });

function outcomeAttributes(ending: unknown): Attributes {
  const [outcome] = outcomesIn(ending);
  if (!outcome) return {};
  const { status, created, updated, archived, conflicts, requests, issues } = outcome;
  const counts = { created, updated, archived, conflicts, requests, issues };
  return {
    'lockstep.status': status,
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [`lockstep.${name}`, count])),
  };
}

/** One span per request, with method and route, but neither ids nor content. */
const requestSpans =
  (tracer: Tracer): RequestObserver =>
  (service) => {
    const span = tracer.startSpan(service, { kind: SpanKind.CLIENT });
    return ({ method, url, status }) => {
      const route = routeOf(url);
      span.updateName(`${service} ${method} ${route}`);
      span.setAttributes({ 'http.request.method': method, 'url.template': route, 'lockstep.service': service });
      if (status !== undefined) span.setAttribute('http.response.status_code', status);
      if (status === undefined || status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    };
  };
