// @lane servers
import { setTimeout } from 'node:timers/promises'
import { rotate } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import { STEPS } from '@rekey/secret/internal/kind'
import { throttled } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { logIn, openServer, SERVERS } from '../../test/rotate/database-kind.support.ts'

describe.each(SERVERS.slice(-1))('on %s', { timeout: 60_000 }, (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openServer>>
  beforeAll(async () => {
    server = await openServer(binDirectory)
  })
  afterAll(() => server.close())
  /** Ends every session; the server is back after a while. */
  const endFor = async (downMs: number) => {
    await server.stop()
    return { isBack: setTimeout(downMs).then(() => server.start()) }
  }

  it('R63 the server restarts while a rotation waits for the sessions of the old login: it goes on', async () => {
    const { kind, options, login, logins, name } = await server.setUp()
    const late = await logIn(login)
    onTestFinished(() => late.end())
    const waits: string[] = []
    let outage: ReturnType<typeof endFor> | undefined
    const onEvent = ({ message = '' }) => {
      waits.push(message)
      if (message.includes(`sessions of ${name}_g1`)) outage ??= endFor(1_000)
    }
    const rotated = await rotate(kind(), { ...options, onEvent })
    await (
      await outage
    )?.isBack
    expect(rotated).toHaveProperty('revoked')
    expect(waits.some((wait) => wait.includes('cannot log in'))).toBe(true)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R63 a server that stays away ends the wait for sessions at its deadline', async () => {
    const { kind, options, login } = await server.setUp()
    const late = await logIn(login)
    onTestFinished(() => late.end())
    let outage: ReturnType<typeof endFor> | undefined
    const onEvent = ({ message = '' }) => {
      if (message.includes('sessions of')) outage ??= endFor(2_500)
    }
    const stopped = { code: 'stopped', step: 'confirm', reason: 'unreachable' }
    await expect(rotate(kind(1_000), { ...options, onEvent })).rejects.toMatchObject(stopped)
    await (
      await outage
    )?.isBack
  })

  it('R63 the server of the journal restarts before the end of each step is written: it is written once it is back', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const left = new Set<string>(STEPS.map((step) => `rotation.${step}`))
    let isBack: Promise<void> | undefined
    const record = async ({ action }: { readonly action: string }) => {
      if (!left.delete(action)) return
      await isBack
      ;({ isBack } = await endFor(200))
    }
    await rotate(kind(), { ...options, audit: { record } })
    expect([...left]).toEqual([])
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R63 a store that throttles two of five calls ends no rotation of a login', async () => {
    const { kind, options, logins, name, store } = await server.setUp()
    const refusal = () => new SecretError('unreachable', 'too many requests')
    const { target, begin, refused } = throttled(store, refusal)
    await rotate(kind(), { ...options, store: target, onEvent: begin })
    expect([refused() > 0, await logins()]).toEqual([true, [`${name}_g2`]])
  })
})
