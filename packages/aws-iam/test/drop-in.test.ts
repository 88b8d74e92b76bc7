import { IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { compareClients, failureOf, followedClient } from '@rekey/rotated-service'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, describe } from 'vitest'
import { awsCredentials } from '../src/index.ts'
import { openShop } from './iam-shop.support.ts'

const { found, path } = await findForTest('moto')
type Provider = ReturnType<typeof awsCredentials>

describe.runIf(found)('the documented behaviour of credentials of the AWS SDK', () => {
  let server: AwsServer
  beforeAll(async () => {
    server = await openAwsServer({ program: path })
  })
  afterAll(() => server.close())

  async function open(providerOf: (shop: Shop) => Provider | Awaited<ReturnType<Provider>>) {
    const shop = await openShop(server)
    const { endpoint, region } = server
    const config = { endpoint, region, maxAttempts: 1, credentials: providerOf(shop) }
    const [sts, iam] = [new STSClient(config), new IAMClient(config)]
    /** Whether a request was signed by the user of the service. */
    const isOwn = async () =>
      (await sts.send(new GetCallerIdentityCommand({}))).Arn?.endsWith(`/${shop.user}`)
    return { shop, current: { sts, iam, isOwn, user: shop.user } }
  }
  type Shop = Awaited<ReturnType<typeof openShop>>

  compareClients('aws-sdk', {
    readme: new URL('../README.md', import.meta.url),
    plain: async () =>
      (await open(({ first }) => JSON.parse(first) as Awaited<ReturnType<Provider>>)).current,
    async followed() {
      const opened = await open(({ secret }) => awsCredentials(secret))
      return followedClient(opened.shop, opened)
    },
    cases: {
      'requests are signed, also during a rotation': async ({ current, rotate }) => [
        await current.isOwn(),
        await rotate(() => Promise.all(Array.from({ length: 20 }, current.isOwn))),
        await current.isOwn(),
      ],
      'a callback in place of a promise': ({ current }) =>
        new Promise((resolve) => {
          current.sts.send(new GetCallerIdentityCommand({}), (error: unknown, output) => {
            resolve([error, output?.Account])
          })
        }),
      'a forbidden request has its error': ({ current }) =>
        failureOf(() => current.iam.send(new ListAccessKeysCommand({ UserName: current.user }))),
      'a middleware sees each request': async ({ current, rotate }) => {
        const seen: string[] = []
        current.sts.middlewareStack.add(
          (next, { commandName }) =>
            (args) => {
              seen.push(commandName ?? '')
              return next(args)
            },
          { step: 'finalizeRequest' },
        )
        await current.isOwn()
        await rotate(current.isOwn)
        return seen
      },
      async 'a client that is destroyed sends again, as by the SDK'({ current }) {
        current.sts.destroy()
        return current.isOwn()
      },
      async 'a session has a key of its own'({ current }) {
        return failureOf(async () => {
          const { Credentials } = await current.sts.send(new GetSessionTokenCommand({}))
          return Object.keys(Credentials ?? {}).sort()
        })
      },
      async 'credentials that are asked for by hand'({ current }) {
        return Object.keys(await current.sts.config.credentials())
          .filter((key) => !key.startsWith('$') && key !== 'nonProduction')
          .sort()
      },
    },
  })
})
