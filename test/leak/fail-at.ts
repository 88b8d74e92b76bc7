import { Secret, type SecretSource, type SecretStore } from '@rekey/secret'
import { createMemoryStore, openStore, openSource } from '@rekey/config-loader/store'
import type { Job } from './error-path.ts'

/** How a job failed. */
interface Failure {
  readonly error: Error
  /** What could be seen besides: the opened source, its events. */
  readonly seen: readonly unknown[]
}

type Act = (job: Job, see: (what: unknown) => void) => Promise<unknown>

const ACTS: Readonly<Record<string, Act>> = {
  read: withSource((source, { name = '' }) => source.read(name)),
  'read all': withSource(async (source, { name = '' }) => {
    const found = (await source.readAll?.([name]))?.get(name)
    if (found instanceof Error) throw found
  }),
  release: withSource(async (source, { name = '' }) => {
    const { current } = await source.read(name)
    await source.released?.(name, current.version)
  }),
  create: withStore((store, { name = '', value = '' }) =>
    store.create(name, Secret.of(value, name)),
  ),
  stage: withStore(async (store, { name = '', value = '' }) => {
    const { revision } = await store.read(name)
    await store.stage(name, Secret.of(value, name), revision)
  }),
  'stage after another': withStore((store, { name = '', value = '' }) =>
    store.stage(name, Secret.of(value, name), 'a revision from before'),
  ),
  promote: withStore(async (store, { name = '' }) =>
    store.promote(name, (await store.read(name)).revision),
  ),
  load: async (job, see) => (await import('./load-frontend.ts')).loadFrontend(job, see),
  leak: async ({ env }) => (await import('./leak.ts')).leak(env),
}

/** Does the job, and gives back how it failed. */
export async function failAt(job: Job): Promise<Failure> {
  const seen: unknown[] = []
  try {
    await ACTS[job.act]?.(job, (what) => seen.push(what))
  } catch (error) {
    return { error: error as Error, seen }
  }
  return { error: Object.assign(new Error('nothing went wrong'), { code: 'none' }), seen }
}

function withSource(act: (source: SecretSource, job: Job) => Promise<unknown>): Act {
  return (job, see) => using(job, see, openSource, (source) => act(source, job))
}

function withStore(act: (store: SecretStore, job: Job) => Promise<unknown>): Act {
  return (job, see) => using(job, see, openStore, (store) => act(store, job))
}

async function using<S extends SecretSource>(
  { locator, env = {}, production = false, held }: Job,
  see: (what: unknown) => void,
  open: (
    locator: string,
    options: Parameters<typeof openSource>[1],
  ) => Promise<S & AsyncDisposable>,
  act: (source: S) => Promise<unknown>,
): Promise<void> {
  if (locator === 'memory') {
    await act(createMemoryStore(held) as unknown as S)
    return
  }
  const source = await open(locator, { env, production, onEvent: see, startJitterMs: 0 })
  see(source)
  try {
    await act(source)
  } finally {
    await source[Symbol.asyncDispose]()
  }
}
