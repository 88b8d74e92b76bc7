import { type Canary, newCanary, randomText } from '../canary.ts'
import { type Answer, GATEWAY_ANSWERS } from '../echo-proxy.ts'
import type { ErrorPath, ErrorPaths, Job } from '../error-path.ts'
import type { AwsFixture } from './aws-fixture.ts'

const NOWHERE = 'http://127.0.0.1:1'

/** What our store makes of each answer: an error that the service does not document is refused, not tried again. */
const GATEWAY_CODES: Readonly<Record<Answer, ErrorPath<AwsFixture>['code']>> = {
  'a 400 that gives back the request': 'refused',
  'a 403 that gives back the request': 'refused',
  'a 404 that gives back the request': 'refused',
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

/** AWS Secrets Manager. Each path has a value, a secret key and a session token for canaries. */
export const awsPaths: ErrorPaths<AwsFixture> = {
  'nothing at all': pathWith('none', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, value),
  }),
  'nothing at all, while writing': pathWith('none', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, `${value}x`),
    job: ({ value }) => ({ act: 'stage', value }),
  }),
  'nothing there': pathWith('missing', undefined, {}),
  'a secret that is marked for deletion': pathWith('missing', 'deleted', {
    prepare: async (fixture, { name, value }) => {
      await fixture.put(name, value)
      await fixture.ask('DeleteSecret', { SecretId: `rekey/${name}`, RecoveryWindowInDays: 7 })
    },
  }),
  'bytes instead of text': pathWith('malformed', 'binary', {
    prepare: (fixture, { name, value }) =>
      fixture.ask('CreateSecret', {
        Name: `rekey/${name}`,
        SecretBinary: Buffer.from(value).toString('base64'),
        ClientRequestToken: randomText(),
      }),
  }),
  'a secret that exists': pathWith('conflict', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, value),
    job: ({ value }) => ({ act: 'create', value: `${value}x` }),
  }),
  'a secret that has changed since it was read': pathWith('conflict', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, value),
    job: ({ value }) => ({ act: 'stage after another', value: `${value}x` }),
  }),
  'a prefix that cannot be': pathWith('malformed', undefined, {
    job: ({ value }) => ({ locator: `aws:${value}*/rekey` }),
  }),
  'no service': pathWith('unreachable', 'connection', { address: () => NOWHERE }),
  'a file of credentials that is broken': credentialsWith((text) => `[default\n${text}`),
  'a file of credentials that begins with a secret': credentialsWith((text) => text),
  'a token of a pod that is given back': {
    code: 'refused',
    async provoke(fixture) {
      const jwt = newCanary('JWT')
      const ownEnv = {
        AWS_WEB_IDENTITY_TOKEN_FILE: await fixture.files.write(jwt.text),
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/rekey',
        AWS_ENDPOINT_URL_STS: await fixture.gateway('a 400 that gives back the request'),
        AWS_EC2_METADATA_DISABLED: 'true',
      }
      const { endpoint, region } = fixture.server
      const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }
      return {
        job: { locator: 'aws:rekey', env, ownEnv, act: 'read', name: 'KEY' },
        canaries: [jwt],
      }
    },
  },
  ...Object.fromEntries(
    GATEWAY_ANSWERS.map((answer) => [`a write that a gateway answers with ${answer}`, cut(answer)]),
  ),
}

function cut(answer: Answer): ErrorPath<AwsFixture> {
  return pathWith(GATEWAY_CODES[answer], undefined, {
    address: (fixture) => fixture.gateway(answer),
    job: ({ value }) => ({ act: 'create', value }),
  })
}

interface Parts {
  readonly name: string
  readonly value: string
}

interface Rest {
  readonly prepare?: (fixture: AwsFixture, parts: Parts) => Promise<void>
  readonly address?: (fixture: AwsFixture) => string | Promise<string>
  readonly job?: (parts: Parts) => Partial<Job>
}

function pathWith(
  code: ErrorPath<AwsFixture>['code'],
  reason: string | undefined,
  { prepare, address = ({ server }) => server.endpoint, job }: Rest,
): ErrorPath<AwsFixture> {
  return {
    code,
    ...(reason !== undefined && { reason }),
    async provoke(fixture) {
      const canaries = ['value', 'secret key', 'session token'].map((label) => newCanary(label))
      const [value, key, token] = canaries as [Canary, Canary, Canary]
      const parts = { name: `KEY_${(made += 1)}`, value: value.text }
      await prepare?.(fixture, parts)
      const env = {
        ...fixture.server.environment,
        AWS_ENDPOINT_URL: await address(fixture),
        AWS_SECRET_ACCESS_KEY: key.text,
        AWS_SESSION_TOKEN: token.text,
      }
      const { name } = parts
      return { job: { locator: 'aws:rekey', env, act: 'read', name, ...job?.(parts) }, canaries }
    },
  }
}

/** The SDK looks for credentials by itself and finds this file. */
function credentialsWith(content: (text: string) => string): ErrorPath<AwsFixture> {
  return {
    code: 'unreachable',
    reason: 'no-credentials',
    async provoke(fixture) {
      const text = newCanary('file')
      const ownEnv = {
        AWS_SHARED_CREDENTIALS_FILE: await fixture.files.write(content(text.text)),
        AWS_EC2_METADATA_DISABLED: 'true',
      }
      const env = { AWS_ENDPOINT_URL: fixture.server.endpoint, AWS_REGION: fixture.server.region }
      return {
        job: { locator: 'aws:rekey', env, ownEnv, act: 'read', name: 'KEY' },
        canaries: [text],
      }
    },
  }
}
