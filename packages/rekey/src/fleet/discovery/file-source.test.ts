import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFileSource, type FileSourceOptions } from './index.ts'
import {
  describeReplicaSource,
  type SourceWorld,
} from '../../../test/fleet/discovery/source-contract.support.ts'

const URL_OF_CALLERS = 'https://{host}:8443'

async function openFile(options: Partial<FileSourceOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-file-source-'))
  const file = join(directory, 'fleet.json')
  const write = async (content: unknown) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  const source = createFileSource({ file, url: URL_OF_CALLERS, ...options })
  return { file, source, write, remove: () => rm(directory, { recursive: true }) }
}

async function openForTest(options?: Partial<FileSourceOptions>) {
  const opened = await openFile(options)
  onTestFinished(opened.remove)
  return opened
}

async function openWorld(): Promise<SourceWorld> {
  const { source, write, remove } = await openFile()
  const groupOf = (service: string, hosts: readonly string[]) => ({
    targets: hosts.map((host) => `${host}:9090`),
    labels: { service },
  })
  const others = groupOf('billing', ['10.0.1.1'])
  return {
    source,
    publish: (hosts) => write([others, groupOf('signing', hosts)]),
    repeat: (hosts) => write([groupOf('signing', hosts), groupOf('signing', hosts)]),
    obstruct: () => write('[{"targets": ["10.0.0.3:90'),
    obstructed: 'malformed',
    [Symbol.asyncDispose]: remove,
  }
}

describe('replicas in a file', () => {
  describeReplicaSource(openWorld)

  it('have addresses in which labels stand, one of IPv6 in brackets', async () => {
    const { source, write } = await openForTest({
      ...{ url: 'https://{name}:{callers}', healthUrl: 'http://{host}:9091/{name}' },
    })
    const labels = { service: 'signing', name: 'a.example', callers: '8444' }
    await write([{ targets: ['[2001:db8::3]'], labels }])
    const url = 'https://a.example:8444'
    const healthUrl = 'http://[2001:db8::3]:9091/a.example'
    expect(await source('signing')).toEqual([{ service: 'signing', url, healthUrl }])
  })

  it('need no label where the service is named beside the file, and none of another is among them', async () => {
    const { source, write } = await openForTest({ service: 'signing' })
    const other = { targets: ['b:1'], labels: { service: 'frontend' } }
    await write([{ targets: ['a:1'] }, other])
    const [url, healthUrl] = ['https://a:8443', 'http://a:1']
    expect(await source('signing')).toEqual([{ service: 'signing', url, healthUrl }])
    expect(await source('frontend')).toEqual([])
  })

  it('may be none, which the file must state', async () => {
    const { source, write } = await openForTest()
    await write([])
    expect(await source('signing')).toEqual([])
  })

  it.each([
    ['{}', 'is no list of target groups in JSON'],
    ['[null]', 'group 1 of FILE has no list of targets'],
    ['[{ "targets": "a:1" }]', 'group 1 of FILE has no list of targets'],
    ['[{ "targets": [], "labels": { "service": 1 } }]', 'group 1 of FILE has labels that are no'],
    ['[{ "targets": ["a:1"] }]', 'group 1 of FILE has no label service'],
    ['[{ "targets": ["http://a:1"] }]', 'target 1 of group 1 of FILE is not HOST:PORT'],
    ['[{ "targets": ["a:1", 7] }]', 'target 2 of group 1 of FILE is not HOST:PORT'],
    [
      '[{ "targets": ["a"], "labels": { "service": "signing" } }]',
      'target 1 of group 1 of FILE has no port for http://{host}:{port}',
    ],
    [
      '[{ "targets": ["a:65536"], "labels": { "service": "signing" } }]',
      'target 1 of group 1 of FILE makes no address of http://{host}:{port}',
    ],
  ])('that are written as %s are refused, with the place of the fault', async (text, message) => {
    const { file, source, write } = await openForTest()
    await write(text)
    const failure = {
      code: 'malformed',
      message: expect.stringContaining(message.replace('FILE', file)) as string,
    }
    await expect(source('signing')).rejects.toMatchObject(failure)
  })

  it('that are in no file are missing, which is an error', async () => {
    const { source } = await openForTest()
    await expect(source('signing')).rejects.toMatchObject({ code: 'missing' })
  })
})
