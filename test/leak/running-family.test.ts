import { once } from 'node:events'
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { rotate } from '@rekey/rekey/engine'
import { onSecretBirth } from '@rekey/secret'
import { openStack, type Stack, startConsole, type StoreKind } from '@rekey/stack'
import { runRekey, startRekey } from '@rekey/test-support'
import { findForTest, isExhaustive, type ProgramName } from '@rekey/testbed'
import { fetchAs } from '@rekey/tls-identity/internal/rotate'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newCanary } from './canary.ts'
import { openMessageBox } from './message-box.ts'
import { type Crash, type CrashPlant, createCrashPlant } from './planted-crash.ts'
import { createValueSearch, tellingParts } from './value-search.ts'

const SLOW_MS = 300_000

/** The stores, and the servers of the testbed that each needs. All of them are tried where tests are exhaustive. */
const STORES: readonly [StoreKind, readonly ProgramName[]][] = [
  ['dotenv', []],
  ['vault', ['vault']],
  ['aws', ['moto']],
  ['kubernetes', ['kube-apiserver', 'etcd', 'kubelet-writer']],
]
const CRASHES: readonly Crash[] = ['uncaught exception', 'SIGKILL']
/** The places of secrets and of credentials for them, in the directory of a stack. */
const KEPT = /^(?:secrets|volumes|vault|aws)\/|^rotator-/

const runnable: StoreKind[] = []
for (const [store, programs] of isExhaustive ? STORES : STORES.slice(0, 1)) {
  const found = await Promise.all(programs.map((name) => findForTest(name)))
  if (found.every((program) => program.found)) runnable.push(store)
}

describe.each(runnable)(
  'a family whose secrets are in %s, each of which is printed, and whose services crash',
  (store) => {
    let base: string
    let plant: CrashPlant
    let stack: Stack
    let rotator: Rotator
    let search: (text: string) => string[]
    /** What this process, the rotator, has of secrets. */
    const own = new Map<string, string>()
    const failedStarts: string[] = []
    let stopListening: () => void

    beforeAll(async () => {
      stopListening = onSecretBirth((secret) => {
        const value = secret.expose()
        if (typeof value === 'string') own.set(value, secret.label)
      })
      base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-canary-'))
      plant = await createCrashPlant(base)
      stack = await openStack({ store, validationMs: 200, nodeOptions: plant.nodeOptions })
      rotator = await openRotator({ ...stack.family, validationMs: 200 })
    }, SLOW_MS)
    afterAll(async () => {
      stopListening()
      await rotator.close()
      await stack.close()
      await rm(base, { recursive: true })
    })

    /** Sends every service a signal that it crashes by. */
    async function crashAll(
      crash: Crash,
      signal: NodeJS.Signals = crash === 'SIGKILL' ? 'SIGKILL' : 'SIGUSR2',
    ): Promise<void> {
      await Promise.all(
        stack.services.map(async ({ process: child }) => {
          const exited = once(child, 'exit')
          child.kill(signal)
          expect(await exited).toEqual(crash === 'SIGKILL' ? [null, 'SIGKILL'] : [1, null])
        }),
      )
    }

    async function crashStops(crash: Crash): Promise<void> {
      await plant.crashAt('stop', crash)
      await crashAll(crash, 'SIGTERM')
      await plant.crashAt('stop')
    }

    async function startAll(): Promise<void> {
      await Promise.all(stack.services.map((service) => service.start()))
    }

    async function crashStarts(crash: Crash): Promise<void> {
      await plant.crashAt('start', crash)
      for (const result of await Promise.allSettled(stack.services.map((each) => each.start()))) {
        expect(result.status).toBe('rejected')
        if (result.status === 'rejected') failedStarts.push(String(result.reason))
      }
      await plant.crashAt('start')
    }

    it.each(CRASHES)(
      'crashes when ready, while it starts, and while it stops: %s',
      async (crash) => {
        await crashAll(crash)
        await crashStarts(crash)
        await startAll()
        await crashStops(crash)
        await startAll()
      },
      SLOW_MS,
    )

    it(
      'rotates every secret, and crashes in the middle of two rotations',
      async () => {
        const crashes = [...CRASHES]
        for (const kind of rotator.kinds.values()) {
          const crash = crashes.shift()
          await rotate(kind, {
            ...rotator,
            onEvent: async ({ step, phase }) => {
              if (crash === undefined || step !== 'promote' || phase !== 'end') return
              await crashAll(crash)
              await startAll()
            },
          })
        }
        expect(rotator.kinds.size).toBe(11)
      },
      SLOW_MS,
    )

    it('knows the values that it looks for, and finds one in what is printed without a guard', async () => {
      const born = [...own].map(([value, label]) => ({ value, label }))
      const known = [...(await plant.planted()), ...born]
      const canaries = known.flatMap(({ label, value }) =>
        tellingParts(value).map((part) => newCanary(label, part)),
      )
      search = createValueSearch(canaries)
      expect(new Set(canaries.map(({ text }) => text)).size).toBeGreaterThanOrEqual(2 * 9)
      const { value } = (await rotator.store.read('DATABASE_FRONTEND')).current
      const unguarded = Buffer.from(`x${value.expose()}`).toString('base64')
      expect(search(unguarded)).not.toEqual([])
    })

    function expectNone(text: string, where: string): void {
      expect(search(text), where).toEqual([])
    }

    async function filesOf(directory: string): Promise<Map<string, string>> {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true })
      const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name))
      const texts = paths.map(async (path) => [path, await readFile(path, 'latin1')] as const)
      return new Map(await Promise.all(texts))
    }

    it(
      'R30 shows no secret in a log, an audit log or another file',
      async () => {
        const files = await filesOf(stack.directory)
        for (const path of files.keys()) {
          if (KEPT.test(path.slice(stack.directory.length + 1))) files.delete(path)
        }
        const names = [...files.keys()].join('\n')
        expect(names).toMatch(/logs\/frontend-\d+\.log/)
        expect(names).toMatch(/audit\//)
        const logs = [...files].filter(([path]) => path.includes('/logs/')).map(([, text]) => text)
        expect(logs.join('').match(/crashed with/g)?.length).toBeGreaterThanOrEqual(12)
        expect(logs.join('').match(/^planted /gm)?.length).toBeGreaterThan(100)
        for (const [path, text] of files) expectNone(text, path)
        expectNone(await readFile(stack.postgres.logPath, 'latin1'), 'the log of PostgreSQL')
        expectNone(failedStarts.join('\n'), 'errors of failed starts')
        expect(failedStarts).toHaveLength(2 * stack.services.length)
      },
      SLOW_MS,
    )

    it.runIf(process.platform === 'linux')(
      'R30 shows no secret in arguments and titles of processes, and in the environment of services',
      async () => {
        const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
        const read = (pid: string, file: string) =>
          readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')
        const commandLines = await Promise.all(pids.map((pid) => read(pid, 'cmdline')))
        expect(commandLines.filter(Boolean).length).toBeGreaterThan(stack.services.length)
        expectNone(commandLines.join('\n'), 'arguments')
        for (const { name, process: child } of stack.services) {
          const environment = await read(String(child.pid), 'environ')
          expect(environment).toContain('REKEY_SECRETS=')
          expectNone(environment, name)
        }
      },
    )

    it('R30 shows no secret in health reports and metrics', async () => {
      for (const { healthUrl } of stack.services) {
        for (const path of ['/health/secrets', '/health/ready', '/health/live', '/metrics']) {
          const response = await fetch(new URL(path, healthUrl))
          expectNone((await response.text()) + JSON.stringify([...response.headers]), path)
        }
      }
    })

    it('R30 shows no secret in the journal', async () => {
      for (const table of ['rotation_event', 'rotation']) {
        const { rows } = await rotator.adminPool('rekey').query(`select * from rekey.${table}`)
        expect(rows).not.toEqual([])
        expectNone(JSON.stringify(rows), table)
      }
    })

    it(
      'R30 shows no secret in the pages and views of the console',
      async () => {
        const page = await startConsole(stack)
        const read = async (path: string) => {
          const response = await fetch(new URL(path, page.url))
          expect(response.status).toBe(200)
          return (await response.text()) + JSON.stringify([...response.headers])
        }
        const home = await read('/')
        const parts = Array.from(
          home.matchAll(/(?:src|href)="(\/[^"]+)"/g),
          ([, path = '']) => path,
        )
        expect(parts.length).toBeGreaterThan(1)
        expectNone(home, '/')
        for (const path of parts) expectNone(await read(path), path)
        const { body } = await fetch(new URL('/events', page.url))
        let view = ''
        for await (const chunk of body ?? []) {
          view += Buffer.from(chunk as Uint8Array).toString()
          if (/^data: .*\n\n/ms.test(view)) break
        }
        expect(view).toContain('api-key frontend:signing')
        expectNone(view, '/events')
        await page.stop()
      },
      SLOW_MS,
    )

    it(
      'R30 shows no secret in what the command line prints, and in a message of the controller',
      async () => {
        const lines = ['status', 'audit tail', 'audit export', 'ca show']
        for (const line of lines) {
          const place = line === 'ca show' ? [stack.caDirectory] : ['--stack', stack.directory]
          const { code, stdout, stderr } = await runRekey([...line.split(' '), ...place])
          expect({ line, code, isEmpty: stdout === '' }).toEqual({ line, code: 0, isEmpty: false })
          expectNone(stdout + stderr, line)
        }
        await using box = await openMessageBox()
        const place = ['--stack', stack.directory, '--ca', stack.caDirectory]
        const env = { REKEY_WEBHOOK_KEY: box.key }
        await using controller = startRekey(['controller', ...place, '--webhook', box.url], env)
        await vi.waitFor(() => {
          expect(box.messages.join('')).toContain('ca.undrilled.began')
        }, SLOW_MS)
        await controller.stop()
        expectNone(box.messages.join('\n'), 'messages')
        expectNone(JSON.stringify(controller.lines()), 'controller')
        expect(box.messages.join('')).not.toContain(box.key)
      },
      SLOW_MS,
    )

    it('R30 a refused call shows neither the key that was sent nor the one that was expected', async () => {
      const { value } = (await stack.store.read('API_KEY_FRONTEND_SIGNING')).current
      const sent = value.expose().replace(/.$/, '!')
      for (const { service = 'frontend', url } of stack.family.fleet) {
        if (service === 'frontend') continue
        const sender = service === 'signing' ? 'TLS_FRONTEND' : 'TLS_SIGNING'
        const read = async () => (await stack.store.read(sender)).current
        const call = fetchAs({ trust: stack.trust, name: service, read })
        const response = await call(new URL('/api-key/proof', url), {
          headers: { authorization: `Bearer ${sent}` },
        })
        expect(response.status).toBe(401)
        expectNone((await response.text()) + JSON.stringify([...response.headers]), service)
      }
    })
  },
)
