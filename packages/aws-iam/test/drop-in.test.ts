import { IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { compareClients, failureOf } from '@rekey/rotated-service'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, describe } from 'vitest'
import { awsCredentials } from '../src/index.ts'
import { openShop } from './iam-shop.support.ts'

const { found, path } = await findForTest('moto')
type Key = Awaited<ReturnType<ReturnType<typeof awsCredentials>>>

describe.runIf(found)('the documented behaviour of credentials of the AWS SDK', () => {
  let server: AwsServer
  beforeAll(async () => {
    server = await openAwsServer({ program: path })
  })
  afterAll(() => server.close())

  async function open(follows: boolean) {
    const shop = await openShop(server)
    const { endpoint, region } = server
    const credentials = follows ? awsCredentials(shop.secret) : (JSON.parse(shop.first) as Key)
    const config = { endpoint, region, maxAttempts: 1, credentials }
    const [sts, iam] = [new STSClient(config), new IAMClient(config)]
    /** Whether a request was signed by the user of the service. */
    const isOwn = async () =>
      (await sts.send(new GetCallerIdentityCommand({}))).Arn?.endsWith(`/${shop.user}`)
    return { shop, client: { current: { sts, iam, isOwn, user: shop.user } } }
  }

  compareClients('aws-sdk', {
    readme: new URL('../README.md', import.meta.url),
    open,
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
      async 'credentials that are asked for by hand'({ current }) {
        return Object.keys(await current.sts.config.credentials())
          .filter((key) => !key.startsWith('$') && key !== 'nonProduction')
          .sort()
      },
    },
  })
})
