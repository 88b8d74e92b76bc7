import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { constantText, variableOf } from '../syntax/constants.ts'
import { isSecretGiver, isSecretName, wordsOf } from '../naming/names.ts'
import { originsOf } from '../syntax/origins.ts'
import { perFile } from '../per-file.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'

/** An expression, or a place, that holds a secret by its name. */
export interface Named {
  /** How messages call it. */
  readonly what: string
  readonly name: string
  /** Whether the operator of the program sets it, and it is not given by a user or found in a text. */
  readonly isConfiguration: boolean
}

/** Words of what holds the configuration of a program. */
const CONFIGURATION: ReadonlySet<string> = new Set(
  'env environment config configuration conf cfg settings secrets'.split(' '),
)
/** `API_KEY`, a name in use only for a constant or an environment variable. */
const CONSTANT_CASE = /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/
/** `db.password`, `auth/jwt-secret`: a way to a setting. */
const SETTING_WAY = /^[\w-]+(?:[./:][\w-]+)*$/

/** Names of functions that read a setting by its name. */
const READS =
  /^(?:get|read|load|fetch|lookup|resolve|env|getenv|config|setting|secret|require|optional|string|str|param)(?![a-z])/

/** Methods that give what they are called on, in another form. */
const KEEPS: ReadonlySet<string> = new Set([
  'trim',
  'toString',
  'replace',
  'replaceAll',
  'slice',
  'toLowerCase',
  'split',
])

/** Last words of names whose values are URLs, of which only the password is secret. */
const URL_WORDS: ReadonlySet<string> = new Set(['url', 'uri', 'dsn', 'string'])

/** Whether a secret of that name is a URL with a password in it. */
export function isUrlName(name: string): boolean {
  return URL_WORDS.has(wordsOf(name).at(-1) ?? '')
}

/** The secret that `node` reads, going by its names. Each part of `a ?? b ?? c` is asked about for itself, and for all behind it. */
export const secretRead: (node: Node, source: SourceCode) => Named | undefined = perFile(readIn)

function readIn(node: Node, source: SourceCode): Named | undefined {
  const bare = unwrapAwait(node)
  if (bare.type === 'LogicalExpression') {
    const [last, before] = [secretRead(bare.right, source), secretRead(bare.left, source)]
    // Of a URL only the password is secret, so that any other secret in the chain tells more.
    return last === undefined || (before !== undefined && isUrlName(last.name)) ? before : last
  }
  if (bare.type === 'CallExpression') return secretOfCall(bare, source)
  const name = nameIn(bare, source)
  if (name === undefined || !isOneSecret(name)) return undefined
  return { what: describe(bare), name, isConfiguration: isConfiguration(bare, source) }
}

/** The secret that goes by `name`, or undefined if that is no secret's name. */
export function secretNamed(name: string | undefined): Named | undefined {
  if (name === undefined || !isOneSecret(name)) return undefined
  return { what: name, name, isConfiguration: CONSTANT_CASE.test(name) }
}

/** `getSecret('API_KEY')`, `config.get('db.password')`, `getPassword()`, `env.API_KEY.trim()` */
function secretOfCall(call: CallExpression, source: SourceCode): Named | undefined {
  const name = lastName(call.callee) ?? ''
  const what = describe(call)
  const named = readsSetting(name) ? settingIn(call.arguments, source) : undefined
  if (named !== undefined) {
    return {
      what,
      name: named,
      isConfiguration: CONSTANT_CASE.test(named) || isConfiguration(call, source),
    }
  }
  if (isSecretGiver(name)) return { what, name, isConfiguration: true }
  const callee = unwrap(call.callee)
  const isKept = callee.type === 'MemberExpression' && KEEPS.has(memberKey(callee) ?? '')
  return isKept ? secretRead(callee.object, source) : undefined
}

/** Whether a function of that name reads a setting, by a name that it is given. */
export function readsSetting(name: string): boolean {
  return READS.test(name)
}

/** The name of a secret among the first two arguments `given` to a function. */
export function settingIn(given: readonly Node[], source: SourceCode): string | undefined {
  return given
    .slice(0, 2)
    .map((argument) => constantText(argument, source) ?? '')
    .filter((text) => SETTING_WAY.test(text))
    .map((text) => text.split(/[./:]/).at(-1) ?? '')
    .find(isOneSecret)
}

/** Several secrets are not one text: `secrets: 'vault'` is their place. Under a session key something lies in the session. */
function isOneSecret(name: string): boolean {
  return isSecretName(name) && !NO_SECRET.test(name)
}

const NO_SECRET = /(?:secrets|passwords|passphrases|credentials|keys|session[-_]?key)$/i

function nameIn(node: Node, source: SourceCode): string | undefined {
  const isComputed = node.type === 'MemberExpression' && node.computed
  return lastName(node) ?? (isComputed ? constantText(node.property, source) : undefined)
}

/** Whether `node` is read from what the operator of the program has set, by its names or those of where it comes from. */
export function isConfiguration(node: Node, source: SourceCode): boolean {
  const bare = unwrap(node)
  const variable = bare.type === 'Identifier' ? variableOf(bare, source) : undefined
  const origins = variable === undefined ? [] : originsOf(variable, source)
  return [bare, ...origins.map((origin) => origin.node)]
    .flatMap(chainOf)
    .some((name) => CONSTANT_CASE.test(name) || wordsOf(name).some(isConfigurationWord))
}

function isConfigurationWord(word: string): boolean {
  return CONFIGURATION.has(word)
}

/** All names in a chain of properties and calls. */
function chainOf(node: Node): string[] {
  const bare = unwrapAwait(node)
  switch (bare.type) {
    case 'Identifier':
      return [bare.name]
    case 'CallExpression':
      return chainOf(bare.callee)
    case 'MemberExpression':
      return [...chainOf(bare.object), memberKey(bare) ?? '']
    default:
      return []
  }
}

function unwrapAwait(node: Node): Node {
  const bare = unwrap(node)
  return bare.type === 'AwaitExpression' ? unwrapAwait(bare.argument) : bare
}
