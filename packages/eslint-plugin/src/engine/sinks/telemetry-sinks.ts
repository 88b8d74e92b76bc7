import { everyName } from '../naming/name-policy.ts'
import type { Receiver } from './receivers.ts'
import type { SinkFamily } from './sink.ts'
import { sinkByRows, type SinkRow } from './sink-rows.ts'

/** Spans of OpenTelemetry, OpenTracing, Datadog and Sentry. */
const SPAN: Receiver = {
  names: /(?:span|segment)$/i,
  paths: /\.(?:start(?:Inactive)?Span|getActiveSpan|getSpan)\(\)$|^dd-trace\b/,
  written: /(?:^|[.$])Span$/,
  handedBy: /^start\w*Span\w*$/,
  members: [
    ['setAttribute', 'addEvent', 'end'],
    ['setTag', 'finish', 'context'],
  ],
  mentions: /opentelemetry|opentracing|dd-trace|sentry/,
}

/** Counters, gauges and histograms of OpenTelemetry and of prom-client. */
const INSTRUMENT: Receiver = {
  names: /(?:counter|histogram|gauge|meter|metrics?|summary)$/i,
  paths:
    /\.create(?:\w*)(?:Counter|Histogram|Gauge)\(\)$|\bprom-client\.(?:Counter|Gauge|Histogram|Summary)\(\)/,
  written: /(?:Counter|Histogram|Gauge|Summary)$/,
}

const STATSD: Receiver = {
  names: /(?:statsd|^stats)$/i,
  paths: /hot-shots|statsd/i,
}

/** The scope of an event of Sentry. */
const SCOPE: Receiver = {
  names: /scope$/i,
  written: /(?:^|[.$])Scope$/,
  handedBy: /^(?:with(?:Isolation)?Scope|configureScope)$/,
}

/** Services that count what users do. */
const ANALYTICS: Receiver = {
  names:
    /^(?:analytics|posthog|segment|mixpanel|amplitude|rudderanalytics|heap|plausible|umami|fathom)$/i,
  paths:
    /^(?:posthog-(?:js|node)|mixpanel(?:-browser)?|@segment\/|@amplitude\/|@rudderstack\/|analytics-node)/,
  written: /(?:^|\.)(?:Analytics|PostHog)$/,
}

/** Services that collect errors and traces. */
const TRACKER: Receiver = {
  names:
    /^(?:rollbar|bugsnag|honeybadger|airbrake|raygun|newrelic|appInsights|appsignal|datadogRum|datadogLogs|logrocket)$/i,
  paths:
    /^(?:rollbar|@bugsnag\/|@honeybadger-io\/|@airbrake\/|raygun|newrelic|applicationinsights|@appsignal\/)/,
}

const SCOPE_METHODS =
  'setContext|setExtras?|setTags?|setUser|setAttributes?|setTransactionName|setFingerprint|addBreadcrumb|addAttachment|' +
  'captureException|captureMessage|captureEvent|captureCheckIn|captureFeedback'

const ROWS: readonly SinkRow[] = [
  {
    method:
      /^(?:setAttributes?|addEvent|recordException|setStatus|updateName|addLinks?|setTag|addTags|setTags|log|logEvent|setOperationName|addAnnotation|addMetadata)$/,
    on: SPAN,
  },
  {
    method: /^(?:startSpan|startActiveSpan|trace|startInactiveSpan)$/,
    on: { names: /tracer$/i, paths: /\.getTracer\(\)$/ },
  },
  { method: /^(?:add|record|inc|dec|observe|set|labels|startTimer|remove)$/, on: INSTRUMENT },
  {
    method:
      /^(?:increment|decrement|gauge|histogram|timing|timer|distribution|set|unique|event|check|count|counter|inc)$/,
    on: STATSD,
  },
  { path: new RegExp(`^@sentry/[\\w-]+\\.(?:${SCOPE_METHODS}|start\\w*Span)$`) },
  { method: new RegExp(`^(?:${SCOPE_METHODS}|start\\w*Span)$`), on: { names: /^Sentry$/ } },
  { method: new RegExp(`^(?:${SCOPE_METHODS})$`), on: SCOPE },
  {
    method:
      /^(?:track\w*|identify|page|screen|group|alias|capture|register|logEvent|setUserProperties|event|set)$/,
    on: ANALYTICS,
  },
  {
    method:
      /^(?:notify\w*|log|debug|info|warning|error|critical|noticeError|leaveBreadcrumb|addMetadata|setContext|setUser|setTransactionName|addCustom\w+|recordCustomEvent|recordMetric|track\w*|identify|sendError|addAction|addError|setUserProperty|setGlobalContext\w*)$/,
    on: TRACKER,
  },
  { method: /^track(?:Event|Exception|Trace|Metric|PageView|Request|Dependency)$/ },
  {
    path: /^@opentelemetry\/api\.propagation\.createBaggage$|\bregist(?:er|ry)\.setDefaultLabels$/i,
  },
  { path: /^(?:perf_hooks\.)?performance\.(?:mark|measure)$|^gtag$/ },
]

/** A word that every file with a sink contains. */
const SINK_WORD =
  /span|segment|baggage|setDefaultLabels|datadog|logrocket|tracer|counter|histogram|gauge|metric|summary|statsd|sentry|scope|analytics|posthog|segment|mixpanel|amplitude|rudder|heap|plausible|umami|fathom|rollbar|bugsnag|honeybadger|airbrake|raygun|newrelic|insights|appsignal|performance|gtag|prom-client|hot-shots|dd-trace|opentelemetry|\bstats\b|\.track[A-Z]/i

/** Values that are sent to the operators' tools: traces, metrics, reports of errors, analytics. */
export const TELEMETRY_SINKS: SinkFamily = {
  names: everyName,
  mayBeIn: (text) => SINK_WORD.test(text),
  find: (node, context) =>
    node.type === 'CallExpression' ? sinkByRows(node, ROWS, context) : undefined,
}
