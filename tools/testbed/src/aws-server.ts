import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AwsCaller,
  beginRotation,
  createIdleFunction,
  replayRequests,
  resetServer,
} from './aws-requests.ts'
import { findFreePort } from './free-ports.ts'
import { guardHome, type GuardedHome, type GuardedProcess } from './guarded-process.ts'

/** How to start a server of the AWS API. */
export interface AwsServerOptions {
  /** `moto_server`, as `findForTest` gives it. */
  readonly program: string
}

/** A server of the AWS API of our own. */
export interface AwsServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string
  readonly region: string
  /** Made for this server; it accepts any. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The variables from which the AWS SDK takes all of that. */
  readonly environment: Readonly<Record<string, string>>
  /** Forgets every secret. */
  reset(): Promise<void>
  /** Kills it; its port is closed then. */
  stop(): Promise<void>
  /** Starts it again at the same port; every request that it had answered is made again, so the secrets are there again. */
  start(): Promise<void>
  /** Stands still: connections are accepted and nothing is answered. */
  pause(): Promise<void>
  resume(): void
  /** From here on it refuses four of five requests with `ThrottlingException`, as a service does that is asked too often; false: it does no longer. */
  throttle(isOn: boolean): Promise<void>
  /** The ARN of a Lambda function for `RotateSecret` to call. It does nothing. */
  createRotationFunction(name: string): Promise<string>
  /**
   * Does what the service does before it calls a rotation function: an empty version is pending. Gives what the function is called
   * with. Nothing calls it: moto runs no code without containers.
   */
  beginRotation(secretId: string): Promise<{ SecretId: string; ClientRequestToken: string }>
  /** Ends it and removes its files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const REGION = 'eu-central-1'
const PORT_ATTEMPTS = 5
const IN_USE = 'Address already in use'
const STARTUP_TIMEOUT_MS = 60_000
const NAME = 'server'
const RECORDING = 'recording'
const THROTTLED = 'throttled'
const REPLAYING = 'replaying'

/** Python runs a module of this name in a folder of its path before anything else. */
const BEFORE_IT = 'sitecustomize.py'
const REFUSE = `
import os, requests
from moto.moto_server.werkzeug_app import DomainDispatcherApplication as application

serve, send, asked = application.__call__, requests.request, 0

def replay(headers, **request):
    return send(headers={**headers, "X-Replayed": "1"}, **request)

def refused(self, environ, start_response):
    global asked
    if os.path.exists("${REPLAYING}"):
        if "HTTP_X_REPLAYED" in environ or environ["PATH_INFO"].startswith("/moto-api/"):
            return serve(self, environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("503 Service Unavailable", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"__type":"ServiceUnavailable","message":"starting"}']
    if not os.path.exists("${THROTTLED}"):
        return serve(self, environ, start_response)
    asked += 1
    if asked % 5 == 0:
        return serve(self, environ, start_response)
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
    return [b'{"__type":"ThrottlingException","message":"Rate exceeded"}']

requests.request, application.__call__ = replay, refused
`

/**
 * Starts moto's server on a loopback port, in about two seconds. It keeps everything in memory, and records its requests so
 * that it can be stopped and started. If this process is killed, it ends and its files go.
 *
 * @throws {Error} if it does not start in time; the message has the end of its log
 */
export async function openAwsServer({ program }: AwsServerOptions): Promise<AwsServer> {
  for (let attempt = 1; ; attempt += 1) {
    const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-aws-')))
    const server = new MotoServer(home, program, await findFreePort())
    try {
      await writeFile(join(home.directory, RECORDING), '', { mode: 0o600 })
      await writeFile(join(home.directory, BEFORE_IT), REFUSE)
      await server.run()
      return server
    } catch (error) {
      await server.close()
      const inUse = error instanceof Error && error.message.includes(IN_USE)
      if (!inUse || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

class MotoServer implements AwsServer {
  readonly endpoint: string
  readonly region = REGION
  readonly credentials = {
    accessKeyId: `test${randomBytes(8).toString('hex')}`,
    secretAccessKey: randomBytes(24).toString('hex'),
  }
  readonly #home: GuardedHome
  readonly #program: string
  readonly #port: number
  #process: GuardedProcess | undefined

  constructor(home: GuardedHome, program: string, port: number) {
    this.#home = home
    this.#program = program
    this.#port = port
    this.endpoint = `http://${HOST}:${port}`
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.region,
      AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
    }
  }

  get #caller(): AwsCaller {
    const { endpoint, region, credentials } = this
    return { endpoint, region, accessKeyId: credentials.accessKeyId }
  }

  async run(): Promise<void> {
    const recording = join(this.#home.directory, RECORDING)
    const recorded = [`MOTO_RECORDER_FILEPATH=${recording}`, 'MOTO_ENABLE_RECORDING=true']
    const variables = [...recorded, `PYTHONPATH=${this.#home.directory}`]
    const flags = ['-H', HOST, '-p', String(this.#port)]
    this.#process = await this.#home.spawn(NAME, 'env', [...variables, this.#program, ...flags])
    await this.#untilReady(this.#process)
  }

  async #untilReady(server: GuardedProcess): Promise<void> {
    const endMs = Date.now() + STARTUP_TIMEOUT_MS
    while (!(await this.#isReady())) {
      if (server.hasEnded() || Date.now() > endMs) {
        const log = await server.readLog()
        throw new Error(`the AWS server did not start. Its log ends: ${log.slice(-500)}`)
      }
      await delay(50)
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      // A path that is not recorded.
      const limit = { signal: AbortSignal.timeout(5_000), method: 'HEAD' }
      await fetch(new URL('/moto-api/recorder/', this.endpoint), limit)
      return true
    } catch (error) {
      if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
      throw error
    }
  }

  async reset(): Promise<void> {
    await resetServer(this.#caller)
  }

  async stop(): Promise<void> {
    await this.#process?.kill()
  }

  async start(): Promise<void> {
    // Until it has made all requests again it would answer as it did in the past, and record nothing.
    const flag = join(this.#home.directory, REPLAYING)
    await writeFile(flag, '')
    await this.run()
    await replayRequests(this.#caller)
    await rm(flag)
  }

  async pause(): Promise<void> {
    await this.#process?.pause()
  }

  resume(): void {
    this.#process?.resume()
  }

  async throttle(isOn: boolean): Promise<void> {
    const flag = join(this.#home.directory, THROTTLED)
    await (isOn ? writeFile(flag, '') : rm(flag, { force: true }))
  }

  createRotationFunction(name: string): Promise<string> {
    return createIdleFunction(this.#caller, name)
  }

  beginRotation(secretId: string): Promise<{ SecretId: string; ClientRequestToken: string }> {
    return beginRotation(this.#caller, secretId)
  }

  async close(): Promise<void> {
    await this.#home.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
