import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { constantText, constantValue } from '../syntax/constants.ts'
import { lastName } from '../syntax/paths.ts'
import { descend } from '../syntax/syntax.ts'

/** Functions that read a file, by name. */
const READERS =
  /^(?:readFile|readFileSync|open|openSync|createReadStream|readTextFile|readTextFileSync|file)$/
/** Functions that run a program, by name. */
const RUNNERS = /^(?:exec|execFile|spawn)(?:Sync)?$|^execa(?:Sync|Command|CommandSync)?$/

/**
 * The environment that a process was started with, proc_pid_environ(5), and files of variables; but not those that only
 * document them.
 */
const FILES =
  /^\/proc\/.*\/environ$|(?:^|[\\/])\.env(?:\.(?!example|sample|template|dist|defaults|schema)\w*)*$/

/** Commands that print the environment. */
const PRINTERS = /^\s*(?:printenv\b.*|export -p|set|cat \/proc\/\w+\/environ)\s*$/
/** Prints the environment, too, unless it is given a command to run. */
const ENV = /^\s*(?:\/usr\/bin\/)?env\s*$/

/** No file without one of these reads such a file, or runs such a command. */
const MENTIONS = /environ|\.env\b|printenv|['"`\s/]env['"`\s]|export -p|['"`]set['"`]/

/** Whether a file of that text could have a call that {@link readsEnvironment}. */
export function mayReadEnvironment(text: string): boolean {
  return MENTIONS.test(text)
}

/** Whether `call` reads a file of environment variables, or runs a command that prints them. */
export function readsEnvironment(call: CallExpression, source: SourceCode): boolean {
  const name = lastName(call.callee) ?? ''
  const [first, second] = call.arguments
  if (first === undefined) return false
  if (READERS.test(name)) return FILES.test(textsIn(first, source))
  if (!RUNNERS.test(name)) return false
  const command = constantText(first, source) ?? ''
  const hasArguments = second?.type === 'ArrayExpression' && second.elements.length > 0
  return PRINTERS.test(command) || (ENV.test(command) && !hasArguments)
}

/** The texts in `path` as the segments of one: `join(folder, '.env')`, `/proc/${id}/environ`. */
function textsIn(path: Node, source: SourceCode): string {
  const texts: string[] = []
  for (const node of descend(constantValue(path, source), source.visitorKeys)) {
    if (node.type === 'TemplateElement') texts.push(node.value.raw)
    if (node.type === 'Literal') texts.push(String(node.value))
  }
  return texts.join('/')
}
