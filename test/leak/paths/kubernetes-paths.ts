import { newCanary, randomText } from '../canary.ts'
import { type Answer, GATEWAY_ANSWERS } from '../echo-proxy.ts'
import type { ErrorPath, ErrorPaths, Job } from '../error-path.ts'
import type { KubernetesFixture } from './kubernetes-fixture.ts'

const NOWHERE = 'https://127.0.0.1:1'

const GATEWAY_CODES: Readonly<Record<Answer, ErrorPath<KubernetesFixture>['code']>> = {
  'a 400 that gives back the request': 'unreachable',
  'a 403 that gives back the request': 'forbidden',
  'a 404 that gives back the request': 'unreachable',
  'a 500 that gives back the request': 'unreachable',
  'a page with the request in it': 'unreachable',
  'JSON that ends in the request': 'unreachable',
  'a body cut in the middle of the request': 'unreachable',
  'a redirect with the request in its address': 'unreachable',
  'a gzip body of the request that ends too early': 'unreachable',
  'the request over and over, 12 MB': 'unreachable',
  'a reset': 'unreachable',
}

let made = 0

/** Secrets by the Kubernetes API. Each path has a value and the token of a service account for canaries. */
export const kubernetesPaths: ErrorPaths<KubernetesFixture> = {
  'nothing at all': pathWith('none', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, value),
  }),
  'nothing at all, while writing': pathWith('none', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, `${value}x`),
    job: ({ value }) => ({ act: 'stage', value }),
  }),
  'nothing there': pathWith('missing', undefined, {}),
  'an account without rights': pathWith('forbidden', 'denied', { rights: false }),
  'a token that is unknown': pathWith('forbidden', 'unauthenticated', { token: randomText }),
  'a namespace that does not exist': pathWith('forbidden', 'denied', {
    job: ({ value }) => ({ locator: 'kubernetes:nowhere', act: 'create', value }),
  }),
  'a namespace that cannot be': pathWith('malformed', undefined, {
    job: ({ value }) => ({ locator: `kubernetes:${value}_` }),
  }),
  'bytes that are no text': pathWith('malformed', undefined, {
    prepare: (fixture, { name, value }) =>
      fixture.create({
        metadata: { name: objectOf(name) },
        data: { [name]: Buffer.from(`${value}é`, 'latin1').toString('base64') },
      }),
  }),
  'an object that is immutable': pathWith('refused', undefined, {
    prepare: (fixture, { name, value }) =>
      fixture.create({
        metadata: { name: objectOf(name) },
        immutable: true,
        stringData: { [name]: value },
      }),
    job: ({ value }) => ({ act: 'stage', value: `${value}x` }),
  }),
  'a secret that exists': pathWith('conflict', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, value),
    job: ({ value }) => ({ act: 'create', value: `${value}x` }),
  }),
  'a secret that has changed since it was read': pathWith('conflict', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, value),
    job: ({ value }) => ({ act: 'stage after another', value: `${value}x` }),
  }),
  'a value that is too large': pathWith('refused', undefined, {
    job: ({ value }) => ({ act: 'create', value: value.repeat(30_000) }),
  }),
  'no API server': pathWith('unreachable', 'network', { config: () => ({ server: NOWHERE }) }),
  'a certificate that nobody trusts': pathWith('unreachable', 'tls', {
    config: ({ server }) => ({ server: server.url }),
  }),
  'a client certificate that the server does not take': {
    code: 'forbidden',
    async provoke(fixture) {
      const { key, cert } = await fixture.serverPair()
      const base64 = (text: string) => Buffer.from(text).toString('base64')
      const user = { 'client-key-data': base64(key), 'client-certificate-data': base64(cert) }
      const env = { KUBECONFIG: await fixture.files.write(kubeconfig(trusted(fixture), user)) }
      const body = key.split('\n').slice(1, -2).join('\n')
      return {
        job: { locator: 'kubernetes:vpn', env, act: 'read', name: 'KEY' },
        canaries: [newCanary('client key', body.slice(40))],
      }
    },
  },
  'a kubeconfig that is no YAML': configText((token) => `{"users": [{"token": "${token}`),
  'a kubeconfig that begins with a token': configText((token) => token),
  'a kubeconfig without its current context': configText((token) =>
    JSON.stringify({ 'current-context': token, users: [{ name: 'user', user: { token } }] }),
  ),
  ...Object.fromEntries(
    GATEWAY_ANSWERS.map((answer) => [`a write that a gateway answers with ${answer}`, cut(answer)]),
  ),
}

function cut(answer: Answer): ErrorPath<KubernetesFixture> {
  return pathWith(GATEWAY_CODES[answer], undefined, {
    config: async (fixture) => ({
      server: await fixture.gateway(answer),
      'certificate-authority': fixture.server.caFile,
    }),
    job: ({ value }) => ({ act: 'create', value }),
  })
}

interface Parts {
  readonly name: string
  readonly value: string
}

interface Rest {
  readonly rights?: boolean
  readonly token?: () => string
  readonly config?: (fixture: KubernetesFixture) => object | Promise<object>
  readonly prepare?: (fixture: KubernetesFixture, parts: Parts) => Promise<void>
  readonly job?: (parts: Parts) => Partial<Job>
}

function pathWith(
  code: ErrorPath<KubernetesFixture>['code'],
  reason: string | undefined,
  { rights = true, token, config = trusted, prepare, job }: Rest,
): ErrorPath<KubernetesFixture> {
  return {
    code,
    ...(reason !== undefined && { reason }),
    async provoke(fixture) {
      const value = newCanary('value')
      const bearer = token?.() ?? (await fixture.token({ rights }))
      const parts = { name: `KEY_${(made += 1)}`, value: value.text }
      await prepare?.(fixture, parts)
      const text = kubeconfig(await config(fixture), { token: bearer })
      const env = { KUBECONFIG: await fixture.files.write(text) }
      const { name } = parts
      return {
        job: { locator: 'kubernetes:vpn', env, act: 'read', name, ...job?.(parts) },
        canaries: [value, newCanary('token', secretPart(bearer))],
      }
    },
  }
}

function configText(content: (token: string) => string): ErrorPath<KubernetesFixture> {
  return {
    code: 'malformed',
    async provoke(fixture) {
      const token = newCanary('token')
      const env = { KUBECONFIG: await fixture.files.write(content(token.text)) }
      return {
        job: { locator: 'kubernetes:vpn', env, act: 'read', name: 'KEY' },
        canaries: [token],
      }
    },
  }
}

function trusted({ server }: KubernetesFixture): object {
  return { server: server.url, 'certificate-authority': server.caFile }
}

/** JSON is YAML too. */
function kubeconfig(cluster: object, user: object): string {
  const name = 'here'
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

/** The signature of a JWT: what stands before it, such as the time, is in other places too. */
function secretPart(token: string): string {
  return token.split('.').at(-1) ?? token
}

function objectOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
