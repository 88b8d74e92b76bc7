import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openStore } from '@rekey/config-loader/store'
import { type AwsServer, openAwsServer } from '@rekey/testbed'
import { writePrivateFile } from './private-file.ts'
import { requireProgram } from './require-program.ts'
import { writeSourcesFile } from './sources-file.ts'
import type { OpenStackStore, ServicePlace, StorePlace } from './stack-store.ts'

const LOCATOR = 'aws:rekey'

/**
 * AWS Secrets Manager, played by moto. Each process has an access key of its own; moto checks no rights, so those of
 * `awsPolicyFor` are not enforced here.
 */
export const openAwsStack: OpenStackStore = async (options) => {
  const { path: program, version } = await requireProgram('moto')
  const title = `AWS Secrets Manager (moto ${version}, which checks no rights)`
  options.onProgress(title)
  const aws = options.own.use(await openAwsServer({ program }), 'moto')
  const directory = join(options.directory, 'aws')
  const admin = await openStore(LOCATOR, { env: aws.environment })
  options.own.use(admin, 'store of the administrator')
  return {
    kind: 'aws',
    title,
    servers: { aws },
    environment: 'production',
    admin,
    rotator: await placeOfRotator(aws, directory),
    placeFor: (service) => placeFor(aws, service, directory),
  }
}

const addressOf = ({ endpoint, region }: AwsServer) => {
  return { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }
}

async function placeOfRotator(aws: AwsServer, directory: string): Promise<StorePlace> {
  const { id, secret } = newAccessKey()
  const keep = async (name: string, text: string) => {
    return { file: await writePrivateFile(directory, `rotator-${name}`, text) }
  }
  const variables = {
    ...addressOf(aws),
    AWS_ACCESS_KEY_ID: await keep('access-key-id', id),
    AWS_SECRET_ACCESS_KEY: await keep('secret-access-key', secret),
  }
  return { locator: LOCATOR, variables }
}

async function placeFor(aws: AwsServer, service: string, directory: string): Promise<ServicePlace> {
  const { id, secret } = newAccessKey()
  const text = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
  const file = await writePrivateFile(directory, `${service}-credentials`, text)
  const locator = await writeSourcesFile(directory, service, {
    sources: { aws: LOCATOR },
    from: 'aws',
  })
  return { locator, variables: { ...addressOf(aws), AWS_SHARED_CREDENTIALS_FILE: file } }
}

function newAccessKey() {
  return { id: randomBytes(10).toString('hex'), secret: randomBytes(32).toString('hex') }
}
