import { expect, it, onTestFinished, vi } from 'vitest'
import type { z } from 'zod'
import { createPrinter } from './printer.ts'
import { createProgress } from './progress.ts'
import { createRotationPrinter } from './rotation-lines.ts'

function newStream(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, written, write: (text: string) => written.push(text) }
}

const RED = '\u001b[31m'

it.each([
  ['on a terminal', true, {}, true],
  ['not elsewhere', false, {}, false],
  ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
  ['not with NO_COLOR, whatever FORCE_COLOR is', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['elsewhere with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ['not on a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
])('colours a problem %s', (_, isTTY, env, isColoured) => {
  const stdout = newStream(isTTY)
  const context = {
    process: { stdout, stderr: stdout },
    env,
    cwd: '/',
    signal: AbortSignal.abort(),
  }
  createPrinter<z.ZodType>({}, context).line({}, 'PROBLEM  KEY')
  expect(stdout.written.join('').includes(RED)).toBe(isColoured)
  expect(stdout.written.join('').replaceAll(/\u001b\[\d+m/g, '')).toBe('PROBLEM  KEY\n')
})

it('S28: shows the control characters of foreign names, keeps its own colours and lines', () => {
  const stdout = newStream(true)
  const context = {
    process: { stdout, stderr: stdout },
    env: {},
    cwd: '/',
    signal: AbortSignal.abort(),
  }
  const printer = createPrinter<z.ZodType>({}, context)
  printer.line({}, 'ok  of \u001b[2J\u001b]0;x\u0007\n  \u202egnol')
  printer.note('role \u009b31m')
  printer.failed('A', new Error('held by \r\u001b[A'))
  expect(stdout.written).toEqual([
    '\u001b[32mok\u001b[39m  of \\u{1b}[2J\\u{1b}]0;x\\u{7}\n  \\u{202e}gnol\n',
    'role \\u{9b}31m\n',
    'held by \\u{d}\\u{1b}[A\n',
  ])
})

it('never colours JSON', () => {
  const stdout = newStream(true)
  const context = {
    process: { stdout, stderr: stdout },
    env: { FORCE_COLOR: '1' },
    cwd: '/',
    signal: AbortSignal.abort(),
  }
  createPrinter<z.ZodType>({ json: true }, context).line({ problem: 'PROBLEM' }, '')
  expect(stdout.written).toEqual(['{"problem":"PROBLEM"}\n'])
})

it('shows the seconds on a terminal, clears them before output, and waits while a line is unfinished', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const [stdout, stderr] = [newStream(true), newStream(true)]
  const progress = createProgress(stdout, stderr)
  progress.start('rekey drill')
  vi.advanceTimersByTime(2000)
  expect(stderr.written.at(-1)).toContain('rekey drill (2 s)')
  progress.stdout.write('done\n')
  expect(stderr.written.at(-1)).toBe('\r\u001b[K')
  progress.stderr.write('Passphrase: ')
  const before = stderr.written.length
  vi.advanceTimersByTime(5000)
  expect(stderr.written).toHaveLength(before)
  progress.stderr.write('\n')
  vi.advanceTimersByTime(1000)
  expect(stderr.written.at(-1)).toContain('rekey drill (8 s)')
  progress.end()
  vi.advanceTimersByTime(5000)
  expect(stderr.written.at(-1)).toBe('\r\u001b[K')
})

it('shows for what a rotation waits, within the width of the terminal, until the step has ended', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const [stdout, stderr] = [newStream(true), { ...newStream(true), columns: 60 }]
  const progress = createProgress(stdout, stderr)
  progress.start('rekey rotate')
  const process = { stdout: progress.stdout, stderr: progress.stderr }
  const { signal } = new AbortController()
  const showWait = (text?: string) => {
    progress.wait(text)
  }
  const printer = createRotationPrinter({}, { process, env: {}, cwd: '/', signal, showWait })
  const confirm = { secret: 'KEY', step: 'confirm' } as const
  printer.step({ ...confirm, phase: 'waiting', message: `old key silent: ${'x'.repeat(100)}` })
  vi.advanceTimersByTime(2000)
  const rows = stderr.written.map((text) => text.replace('\r\u001b[K', ''))
  expect(rows.map((row) => row.length)).toEqual([59, 59, 59])
  expect(rows[2]).toMatch(/^KEY {2}confirm {2}old key silent: x+… \(2 s\)$/)
  printer.step({ ...confirm, phase: 'end' })
  expect(stderr.written.at(-1)).toBe('\r\u001b[K')
  expect(stdout.written).toEqual(['KEY  confirm\n'])
  vi.advanceTimersByTime(1000)
  expect(stderr.written.at(-1)).toBe('\r\u001b[Krekey rotate (3 s)')
  progress.end()
})

it('shows no seconds while it is paused for a question', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const stderr = newStream(true)
  const progress = createProgress(stderr, stderr)
  progress.start('rekey unlock')
  const resume = progress.pause()
  vi.advanceTimersByTime(5000)
  expect(stderr.written).toEqual([])
  resume()
  vi.advanceTimersByTime(1000)
  expect(stderr.written.join('')).toContain('rekey unlock (6 s)')
})

it('shows no seconds where there is no terminal', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const stream = newStream(false)
  createProgress(stream, stream).start('rekey drill')
  vi.advanceTimersByTime(5000)
  expect(stream.written).toEqual([])
})
