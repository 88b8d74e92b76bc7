import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { hasEnded, identifyProcess, isGone, newLockContent, parseLockHolder } from './index.ts'

/** A process that has ended. */
const ended = spawnSync('true').pid

/** Has the system answer whether it would take a signal to a process. */
function answering(code?: string): void {
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    if (code === undefined) return true
    throw Object.assign(new Error('in the words of the system'), { code })
  })
  onTestFinished(() => {
    kill.mockRestore()
  })
}

describe.skipIf(process.platform !== 'linux')('on Linux', () => {
  const own = identifyProcess() ?? { pid: 0, start: '', boot: '', namespace: '' }

  it('a process is identified by its start, that of the machine, and its namespace', () => {
    expect(own).toEqual({
      pid: process.pid,
      start: expect.stringMatching(/^\d+$/) as string,
      boot: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      namespace: expect.stringMatching(/^pid:\[\d+\]$/) as string,
    })
  })

  it.each([
    ['this one', own, false],
    ['one with its id that started before', { ...own, start: '1' }, true],
    ['one whose id is not in use', { ...own, pid: ended }, true],
    ['one of another start of the machine', { ...own, pid: ended, boot: 'another' }, false],
    ['one of another container', { ...own, pid: ended, namespace: 'pid:[1]' }, false],
  ])('of %s it is certain that it has ended: %3$s', (_, identity, expected) => {
    expect(hasEnded(identity)).toBe(expected)
  })

  it.each([
    ['ESRCH', own, true],
    ['EINVAL', own, false],
    ['EPERM', own, false],
    ['EPERM', { ...own, start: '1' }, true],
    ['EPERM', { ...own, pid: ended }, false],
    [undefined, { ...own, pid: ended }, false],
  ])(
    'the answer %s of the system to %o shows that it has ended: %s',
    (code, identity, expected) => {
      answering(code)
      expect(hasEnded(identity)).toBe(expected)
    },
  )

  it('a holder that the system does not show runs for all that is known', () => {
    answering()
    expect(isGone({ pid: ended, host: hostname() })).toBe(false)
  })
})

it.each([
  ['EPERM', false],
  ['ESRCH', true],
])('the answer %s of the system shows that a holder is gone: %s', (code, expected) => {
  const holder = parseLockHolder(newLockContent())
  answering(code)
  expect(isGone(holder)).toBe(expected)
})
