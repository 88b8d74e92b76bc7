import { expect, it } from 'vitest'
import { DroppedLines, type Print } from './dropped-lines.ts'

/** A file on a disk, and a way to print to it that keeps the errors of the caller. */
function setUp() {
  const disk = { text: '', errno: '', errors: [] as unknown[] }
  const write: Print = (bytes, done) => {
    if (disk.errno !== '') {
      done(Object.assign(new Error('no'), { code: disk.errno }))
      return
    }
    disk.text += Buffer.from(bytes).toString()
    done()
  }
  const dropped = new DroppedLines()
  const print = (text: string) => {
    dropped.print(write, Buffer.from(text), (error) => disk.errors.push(error ?? undefined))
  }
  return { disk, dropped, print }
}

it('counts what a full disk does not take, and prints the count once, before the next line', () => {
  const { disk, dropped, print } = setUp()
  dropped.start((lines) => `${lines} dropped`)
  print('a\n')
  for (const errno of ['ENOSPC', 'EDQUOT', 'EIO']) {
    disk.errno = errno
    print('b\nb\n')
  }
  disk.errno = ''
  for (const text of ['c\n', 'd\n']) print(text)
  expect(disk.text).toBe('a\n\n6 dropped\nc\nd\n')
  expect(disk.errors.filter(Boolean)).toEqual([])
})

it('prints the count once where two streams print at the same time, and keeps it where that one cannot', () => {
  const { disk, dropped, print } = setUp()
  dropped.start((lines) => `${lines} dropped`)
  disk.errno = 'ENOSPC'
  print('a\n')
  const waiting: (() => void)[] = []
  const slow: Print = (bytes, done) => {
    const { errno } = disk
    waiting.push(() => {
      if (errno === '') disk.text += Buffer.from(bytes).toString()
      done(errno === '' ? null : Object.assign(new Error('no'), { code: errno }))
    })
  }
  const printSlowly = (text: string) => {
    dropped.print(slow, Buffer.from(text), () => undefined)
  }
  printSlowly('b\n')
  disk.errno = ''
  printSlowly('c\n')
  for (const end of waiting.splice(0)) end()
  printSlowly('d\n')
  printSlowly('e\n')
  for (const end of waiting) end()
  expect(disk.text).toBe('c\n\n2 dropped\nd\ne\n')
})

it('leaves errors to the caller that do not pass, and all where nothing is to be dropped', () => {
  const { disk, dropped, print } = setUp()
  disk.errno = 'ENOSPC'
  print('a\n')
  dropped.start(String)
  disk.errno = 'EPIPE'
  print('b\n')
  expect(disk.errors).toMatchObject([{ code: 'ENOSPC' }, { code: 'EPIPE' }])
})
