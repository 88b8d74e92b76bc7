import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantNumber, constantText } from '../syntax/constants.ts'
import { everyName } from '../naming/name-policy.ts'
import { lastName } from '../syntax/paths.ts'
import { unwrap } from '../syntax/syntax.ts'
import { afterFirst, properties, propertiesBut } from './leaving.ts'
import type { Receiver } from './receivers.ts'
import type { SinkContext, SinkFamily } from './sink.ts'
import { sinkByRows, type SinkRow } from './sink-rows.ts'

const LEVEL =
  'log|info|warn|error|debug|trace|fatal|silly|verbose|http|notice|critical|alert|success|silent|child|setBindings'

/** Further methods of loggers; things that are no loggers have them too, so their type is not asked for. */
const MORE =
  'profile|startTimer|done|box|start|complete|pending|await|ready|fail|note|fav|star|watch|wtf|panic|write|emit|' +
  'appendKeys|appendPersistentKeys|addContext|setContext|withContext|addFields'

const LIBRARIES =
  'pino|winston|bunyan|consola|loglevel|log4js|signale|npmlog|electron-log|tslog|roarr|fancy-log|@logtape/logtape|' +
  '@nestjs/common\\.(?:Console)?Logger|@aws-lambda-powertools/logger|@opentelemetry/api\\.diag|@opentelemetry/api-logs'

/** Functions that print, by their path. */
const PRINTER = new RegExp(
  [
    '(?:console|(?:console\\.)?Console\\(\\))\\.(?:log|info|warn|error|debug|trace|dir|dirxml|table|group|groupCollapsed|count|time|timeLog|timeEnd)',
    'process\\.(?:stdout|stderr)\\.(?:write|end)',
    'process\\._rawDebug',
    'util\\.debug(?:log)?\\(\\)',
    'debug\\(\\)(?:\\.extend\\(\\))*',
    'fancy-log',
    `(?:${LIBRARIES})\\b.*\\.(?:${LEVEL}|${MORE})`,
  ]
    .map((path) => `^${path}$`)
    .join('|'),
)

/** Loggers by name, `log`, `logger`, `#log`, `auditLog`, `request_log`, but not `dialog`; or made by what is named so. */
const NAMED: Receiver = {
  names: /^[#_$]*log(?:ger)?$|(?:Log(?:ger)?|_log(?:ger)?|LOG(?:GER)?)$/,
  paths: /Logger\(\)$/,
  written: /Logger$/,
}

/** A type is a logger if it has all of these, whichever library it is from: pino, Fastify, winston, bunyan, Nest, ours. */
const LOGGER: Receiver = { ...NAMED, members: [['info', 'warn', 'error', 'debug']] }

const ROWS: readonly SinkRow[] = [
  { path: /^console\.assert$/, leaving: afterFirst },
  { path: PRINTER },
  { path: /^Math\.log$/, leaving: () => [] },
  {
    named:
      /^log(?:ger)?$|^log(?:Info|Error|Debug|Trace|Warn(?:ing)?|Message|Event|Line)$|^(?:write|append|audit|debug)Log$/,
  },
  { method: new RegExp(`^(?:${LEVEL})$`), on: LOGGER },
  { method: new RegExp(`^(?:${MORE})$`), on: NAMED },
  { path: /^pino(?:\.pino|-http)?$/, leaving: properties(0, 'base', 'mixin', 'msgPrefix') },
  { path: /^winston\.createLogger$/, leaving: properties(0, 'defaultMeta') },
  { path: /^bunyan\.createLogger$/, leaving: propertiesBut(0, 'streams', 'stream', 'serializers') },
  { path: /^fs(?:[./]promises)?\.(?:append|write)File(?:Sync)?$/, leaving: textOfLogFile },
  { path: /^fs\.write(?:Sync)?$/, leaving: textForTerminal },
]

/** A word that every file with a sink contains; others need not be examined. */
const SINK_WORD = new RegExp(
  `\\b(?:${LEVEL}|console|consola|signale|roarr|tslog|debuglog|write\\w*)\\b|Logger|bunyan|winston|pino|_rawDebug|File`,
)

/** Functions that print: the console, the standard streams, loggers of all libraries, files of a log. */
export const LOG_SINKS: SinkFamily = {
  names: everyName,
  mayBeIn: (text) => SINK_WORD.test(text),
  find: (node, context) =>
    node.type === 'CallExpression' || node.type === 'TaggedTemplateExpression'
      ? (sinkByRows(node, ROWS, context) ?? sinkOfFurther(node, context))
      : undefined,
}

/** The loggers that the options of the rule name. */
function sinkOfFurther(
  node: CallExpression | TSESTree.TaggedTemplateExpression,
  context: SinkContext,
) {
  const { loggers } = context
  const callee = unwrap(node.type === 'CallExpression' ? node.callee : node.tag)
  const isFurther =
    loggers.size > 0 &&
    callee.type === 'MemberExpression' &&
    loggers.has(lastName(callee.object) ?? '')
  return isFurther ? sinkByRows(node, FURTHER, context) : undefined
}

const FURTHER: readonly SinkRow[] = [{ method: new RegExp(`^(?:${LEVEL}|${MORE})$`) }]

/** `appendFile('debug.log', text)` */
function textOfLogFile([file, ...text]: readonly Node[], { source }: SinkContext) {
  return constantText(file, source)?.endsWith('.log') === true ? text.slice(0, 1) : []
}

/** `writeSync(2, text)`: descriptors 1 and 2 are the standard output and the standard error. */
function textForTerminal([descriptor, ...text]: readonly Node[], { source }: SinkContext) {
  const number = constantNumber(descriptor, source)
  return number === 1 || number === 2 ? text : []
}
