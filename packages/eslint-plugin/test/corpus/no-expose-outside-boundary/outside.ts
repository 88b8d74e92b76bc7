// ---- by-a-computed-name
import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'
export const hash = () => createHash('sha256').update(secret['expose']()).digest('hex') // expect: outsideBoundary

// ---- in-a-route
import type { Secret } from '../../secret.ts'
interface Reply {
  send(body: unknown): void
}
export function addRoutes(key: Secret, isRight: (given: string, key: string) => boolean) {
  return (given: string, reply: Reply) => {
    reply.send({ ok: isRight(given, key.expose()) }) // expect: outsideBoundary
  }
}

// ---- in-a-template
import type { SecretVersion } from '../../secret.ts'
export const bearer = (version: SecretVersion) => ({
  authorization: `Bearer ${version.value.expose()}`, // expect: outsideBoundary
})

// ---- the-secret-goes-on-as-it-is
import type { SecretVersion } from '../../secret.ts'
export function connect(open: (options: object) => void, { value, version }: SecretVersion) {
  open({ password: value, version })
}

// ---- in-javascript.js
import { secret } from '../../secret.ts'
export function connect(open) {
  return open({ password: secret.expose() }) // expect: outsideBoundary
}

// ---- in-javascript-clean.js
import { secret } from '../../secret.ts'
export function connect(open) {
  return open({ password: secret })
}

// ---- of-every-version
import type { SecretVersion } from '../../secret.ts'
export const lengths = (versions: readonly SecretVersion[]) =>
  versions.map(({ value }) => value.expose().length) // expect: outsideBoundary

// ---- the-method-handed-on
import { secret } from '../../secret.ts'
export const open = secret.expose.bind(secret) // expect: outsideBoundary

// ---- its-label
import { secret } from '../../secret.ts'
export const name = secret.label

// ---- through-an-optional-chain
import type { SecretVersion } from '../../secret.ts'
export function isSame(one: SecretVersion | undefined, text: string) {
  return one?.value.expose() === text // expect: outsideBoundary
}

// ---- through-destructuring
import { login } from '../../secret.ts'
export function address() {
  const { user, port } = login.expose() // expect: outsideBoundary
  return `${user}:${port}`
}

// ---- another-secret-made-of-it
import { login } from '../../secret.ts'
export const password = login.map((each) => each.password)

// ---- a-camera
class Camera {
  expose() {
    return new Uint8Array(8)
  }
}
export const picture = new Camera().expose() // wrong untyped: outsideBoundary

// ---- a-port-of-a-container
declare const container: { expose(port: number): void }
container.expose(5432)
