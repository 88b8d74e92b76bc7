import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import { calledPath, isLocalPath } from '../syntax/member-calls.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'
import { runText } from '../run-text.ts'
import { type CallNode, memberKey, propertiesOf } from '../syntax/syntax.ts'
import { type KeySize, sizeOfBytes } from './key-material.ts'
import { sizeOf, sizeOfKey } from './key-size.ts'

/** Functions that take a key: where it stands, and where its encoding stands. */
const KEY_ARGUMENTS: ReadonlyMap<string, readonly [key: number, encoding?: number]> = new Map([
  ['crypto.createHmac', [1]],
  ['crypto.createSecretKey', [0, 1]],
  ['crypto.createCipheriv', [1]],
  ['crypto.createDecipheriv', [1]],
  ['jsonwebtoken.sign', [1]],
  ['jsonwebtoken.verify', [1]],
  ['jose.jwtVerify', [1]],
  ['jose.jwtDecrypt', [1]],
  ['jose.compactVerify', [1]],
  ['jose.compactDecrypt', [1]],
  ['hono/jwt.sign', [1]],
  ['hono/jwt.verify', [1]],
  ['hono/cookie.setSignedCookie', [3]],
  ['cookie-signature.sign', [1]],
  ['cookie-parser', [0]],
  ['new keygrip', [0]],
])

/** Chains that jose builds step by step, with a key at the end: `new SignJWT().setProtectedHeader().sign(key)`. */
const JOSE_CHAIN = /^jose\.(?:SignJWT|EncryptJWT|\w+Sign|\w+Encrypt)\(\).*\.(?:sign|encrypt)$/

/** Functions whose options hold a key under these names. */
const KEY_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['express-session', ['secret']],
  ['cookie-session', ['secret', 'keys']],
  ['express-jwt.expressjwt', ['secret']],
  ['koa-jwt', ['secret']],
  ['hono/jwt.jwt', ['secret']],
  ['fast-jwt.createSigner', ['key']],
  ['fast-jwt.createVerifier', ['key']],
  ['better-auth.betterAuth', ['secret']],
  ['@fastify/jwt', ['secret']],
  ['@fastify/session', ['secret']],
  ['@fastify/cookie', ['secret']],
  ['@fastify/secure-session', ['key', 'secret']],
])

/** Functions whose options give the number of bits of a key: which argument they are, and under which name. */
const KEY_BITS: ReadonlyMap<string, readonly [index: number, name: string]> = new Map([
  ['crypto.generateKey', [1, 'length']],
  ['crypto.generateKeySync', [1, 'length']],
  ['crypto.subtle.generateKey', [0, 'length']],
  ['crypto.subtle.deriveKey', [2, 'length']],
])

/** No file without one of these makes a key, or calls a function that takes one. */
const KEY_CALL =
  /\bcrypto\b|['"](?:@?[\w-]+\/)?[\w-]*(?:nanoid|uuid|jsonwebtoken|jose|jwt|cookie|session|keygrip|koa|fastify|forge|rsa|elliptic|auth)/

/** Whether the file of `source` could make a key, or give one to a function that {@link keysGivenTo} knows. */
export function mayGiveKeys(source: SourceCode): boolean {
  return KEY_CALL.test(runText(source))
}

/** A key on its way into a cryptographic function, and how much key material it holds if the file shows it. */
export interface GivenKey {
  readonly node: Node
  readonly size: KeySize | undefined
}

/** The keys that a call takes or makes. */
export const keysGivenTo = perFile(findKeys)

function findKeys(call: CallNode, source: SourceCode): readonly GivenKey[] {
  const path = calledPath(call, source)
  if (path === undefined || isLocalPath(path)) return []
  const place = JOSE_CHAIN.test(path) ? ([0] as const) : KEY_ARGUMENTS.get(path)
  const key = place && call.arguments[place[0]]
  if (place !== undefined && key !== undefined) {
    const encoding = place[1] === undefined ? undefined : call.arguments[place[1]]
    return elementsOf(key).map((node) => ({ node, size: sizeOfKey(node, encoding, source) }))
  }
  const [index, name] = KEY_BITS.get(path) ?? []
  if (index !== undefined && name !== undefined) {
    const bits = optionOf(call.arguments[index], name, source)
    const size = sizeOfBytes(constantNumber(bits, source), bits, 1 / 8)
    return size === undefined ? [] : [{ node: call, size }]
  }
  if (path === 'crypto.subtle.importKey') return importedKey(call, source)
  return keysInOptions(call, path, source)
}

/** The keys that an assignment gives to an application: `app.keys = [key]` of Koa. */
export function keysAssigned(
  { left, right }: TSESTree.AssignmentExpression,
  source: SourceCode,
): GivenKey[] {
  if (left.type !== 'MemberExpression' || memberKey(left) !== 'keys') return []
  const owner = constantValue(left.object, source)
  const isKoa = owner.type === 'NewExpression' && calledPath(owner, source) === 'new koa'
  return isKoa ? elementsOf(right).map((node) => ({ node, size: sizeOf(node, source) })) : []
}

/** A key that is imported as bytes; a password, from which one is derived, has a length of its own. */
function importedKey({ arguments: given }: CallNode, source: SourceCode): GivenKey[] {
  const [format, key, algorithm] = given
  const name =
    constantText(algorithm, source) ?? constantText(optionOf(algorithm, 'name', source), source)
  if (key === undefined || constantText(format, source) !== 'raw' || name === 'PBKDF2') return []
  return [{ node: key, size: sizeOf(key, source) }]
}

function keysInOptions(call: CallNode, path: string, source: SourceCode): GivenKey[] {
  const isRegistration = path.endsWith('.register') && call.arguments[0] !== undefined
  const [given, options] = isRegistration
    ? [pathOf(call.arguments[0] ?? call, source) ?? '', call.arguments[1]]
    : [path, call.arguments[0]]
  return (KEY_OPTIONS.get(given) ?? [])
    .flatMap((name) => optionOf(options, name, source) ?? [])
    .flatMap(elementsOf)
    .map((node) => ({ node, size: sizeOf(node, source) }))
}

/** The keys in a list of keys, or the one. */
function elementsOf(node: Node): Node[] {
  if (node.type !== 'ArrayExpression') return [node]
  return node.elements.filter((element) => element !== null)
}

/** The value of an object literal under `name`. */
export function optionOf(
  options: Node | undefined,
  name: string,
  source: SourceCode,
): Node | undefined {
  const object = options && constantValue(options, source)
  return object?.type === 'ObjectExpression' ? propertiesOf(object, name)[0] : undefined
}
