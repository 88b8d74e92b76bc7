import { expect, it } from 'vitest'
import { SecretError } from '../index.ts'
import { errnoOf, fileError, ifMissing, MADE } from './index.ts'

/** An error of the system. */
const systemError = (code: unknown) => Object.assign(new Error('in other words'), { code })

it.each([
  ['ENOENT', 'missing', 'does not exist: create it, or correct the path'],
  ['ENOTDIR', 'missing', 'does not exist: a part of its path is not a directory'],
  ['EACCES', 'forbidden', 'may not be used by this process: change its owner or mode'],
  ['EPERM', 'forbidden', 'may not be used by this process: change its owner, mode or attributes'],
  ['EROFS', 'unwritable', 'is on a read-only file system: mount it writable'],
  ['ENOSPC', 'unwritable', 'cannot be written, the disk is full: free some space'],
  ['EDQUOT', 'unwritable', 'cannot be written, the quota is used up: free some space'],
  ['ELOOP', 'malformed', 'is a loop of symbolic links: correct the path'],
  ['EISDIR', 'malformed', 'is a directory: name a file'],
  ['EIO', 'unreachable', 'failed with EIO'],
])('explains %s of a file', (errno, code, meaning) => {
  expect(fileError(systemError(errno), '/a/file')).toMatchObject({
    ...{ name: 'SecretError', code, message: `/a/file ${meaning}` },
    details: { path: '/a/file', errno },
  })
})

it('explains what differs for a file that is made, and all else as for any other', () => {
  expect(fileError(systemError('ENOENT'), '/a/file', MADE)).toMatchObject({
    code: 'missing',
    message: '/a/file cannot be made: its directory does not exist; make that first',
  })
  expect(fileError(systemError('EISDIR'), '/a/file', MADE)).toMatchObject({ code: 'malformed' })
})

it.each<[string, unknown]>([
  ['an error of its own', new SecretError('refused', 'it is a pipe')],
  ['one with a code of its own', Object.assign(new SecretError('missing', 'no'), { errno: 2 })],
  ['an error without a code', new Error('another')],
  ['a code that is no text', systemError(7)],
  ['a code that no error has', { code: 'ENOENT' }],
  ['a text', 'ENOENT'],
  ['nothing', undefined],
])('leaves %s as it is', (_, error) => {
  expect(fileError(error, '/a/file')).toBe(error)
})

it.each<[unknown, string | undefined]>([
  [systemError('EIO'), 'EIO'],
  [systemError(7), undefined],
  [new Error('another'), undefined],
  [{ code: 'EIO' }, undefined],
  ['EIO', undefined],
])('finds the code of the system in an error %#', (error, errno) => {
  expect(errnoOf(error)).toBe(errno)
})

it('takes nothing but a file that is gone for none', async () => {
  await expect(Promise.reject(systemError('ENOENT')).catch(ifMissing)).resolves.toBeUndefined()
  const other = systemError('EACCES')
  await expect(Promise.reject(other).catch(ifMissing)).rejects.toBe(other)
})
