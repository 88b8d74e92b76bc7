import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantNumber, constantText, constantValue } from './constants.ts'
import { sizeOf, sizeOfKey } from './key-size.ts'
import { propertiesOf } from './local-code.ts'
import { pathOf } from './paths.ts'

/** Calls that take a key: where it stands, and where its encoding stands. */
const KEY_ARGUMENTS: Readonly<Record<string, readonly [key: number, encoding?: number]>> = {
  'crypto.createHmac': [1],
  'crypto.createSecretKey': [0, 1],
  'crypto.createCipheriv': [1],
  'crypto.createDecipheriv': [1],
  'jsonwebtoken.sign': [1],
  'jsonwebtoken.verify': [1],
  'cookie-signature.sign': [1],
  'cookie-parser': [0],
}

/** Modules whose options hold a key under these names. */
const KEY_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'express-session': ['secret'],
  'cookie-session': ['secret', 'keys'],
  '@fastify/jwt': ['secret'],
  '@fastify/session': ['secret'],
  '@fastify/cookie': ['secret'],
  '@fastify/secure-session': ['key', 'secret'],
}

const KEY_GENERATORS = /^crypto\.(?:subtle\.|webcrypto\.subtle\.)?generateKey(?:Sync)?$/
const PAIR_GENERATORS = /^crypto\.generateKeyPair(?:Sync)?$/
/** NIST SP 800-57 part 1 rev. 5, table 2: the kinds of key whose strength is that of a modulus. */
const MODULUS_KINDS: ReadonlySet<string> = new Set(['rsa', 'rsa-pss', 'dsa'])
/** A key on its way into a cryptographic function, and how much key material it holds if the file tells. */
export interface GivenKey {
  readonly node: TSESTree.Node
  readonly bytes: number | undefined
}

/** The keys that `call`, of a function with that path, takes or makes. */
export function keysGivenTo(
  call: TSESTree.CallExpression,
  path: string,
  source: TSESLint.SourceCode,
): GivenKey[] {
  const place = KEY_ARGUMENTS[path]
  const key = place && call.arguments[place[0]]
  if (place !== undefined && key !== undefined) {
    const encoding = place[1] === undefined ? undefined : call.arguments[place[1]]
    return [{ node: key, bytes: sizeOfKey(key, encoding, source)?.bytes }]
  }
  if (KEY_GENERATORS.test(path)) {
    const bits = numberOption(call.arguments[1], 'length', source)
    return bits === undefined ? [] : [{ node: call, bytes: bits / 8 }]
  }
  return keysInOptions(call, path, source)
}

function keysInOptions(
  call: TSESTree.CallExpression,
  path: string,
  source: TSESLint.SourceCode,
): GivenKey[] {
  const isRegistration = path.endsWith('.register') && call.arguments[0] !== undefined
  const [given, options] = isRegistration
    ? [pathOf(call.arguments[0] ?? call, source) ?? '', call.arguments[1]]
    : [path, call.arguments[0]]
  const object = options && constantValue(options, source)
  if (object?.type !== AST_NODE_TYPES.ObjectExpression) return []
  return (KEY_OPTIONS[given] ?? [])
    .flatMap((name) => propertiesOf(object, name))
    .flatMap((value): (TSESTree.Node | null)[] =>
      value.type === AST_NODE_TYPES.ArrayExpression ? value.elements : [value],
    )
    .filter((value) => value !== null)
    .map((node) => ({ node, bytes: sizeOf(node, source)?.bytes }))
}

/** The bits of the modulus of the key pair that `call` makes. */
export function modulusBits(
  call: TSESTree.CallExpression,
  path: string,
  source: TSESLint.SourceCode,
) {
  const kind = constantText(call.arguments[0], source)
  if (!PAIR_GENERATORS.test(path) || kind === undefined || !MODULUS_KINDS.has(kind))
    return undefined
  return numberOption(call.arguments[1], 'modulusLength', source)
}

function numberOption(
  options: TSESTree.Node | undefined,
  name: string,
  source: TSESLint.SourceCode,
): number | undefined {
  const object = options && constantValue(options, source)
  if (object?.type !== AST_NODE_TYPES.ObjectExpression) return undefined
  return constantNumber(propertiesOf(object, name)[0], source)
}
