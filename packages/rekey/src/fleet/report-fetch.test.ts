import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { limitedText } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { createReportFetch } from '../engine/internal.ts'

async function open(answer: RequestListener) {
  const sockets: Socket[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, answer).listen(0, '127.0.0.1')
  server.on('connection', (socket) => sockets.push(socket))
  await once(server, 'listening')
  const reports = createReportFetch()
  onTestFinished(async () => {
    await reports.close()
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health/secrets`
  return { reports, sockets, url }
}

it('reads reports one after the other over one connection, and closes it at the end', async () => {
  const { reports, sockets, url } = await open(({ headers }, response) => {
    response.setHeader('rekey-report-mac', 'm').end(headers.authorization)
  })
  for (const name of ['one', 'two', 'three']) {
    const response = await reports.fetch(url, { headers: { authorization: name } })
    expect([await limitedText(response), response.headers.get('rekey-report-mac')]).toEqual([
      name,
      'm',
    ])
  }
  expect(sockets).toHaveLength(1)
  const [socket] = sockets
  if (socket === undefined) throw new Error('no connection')
  const closed = once(socket, 'close')
  await reports.close()
  await closed
})

it('asks again where the replica closed the kept connection while the request was on its way', async () => {
  let requests = 0
  const { reports, sockets, url } = await open(({ socket }, response) => {
    requests += 1
    if (requests === 2) socket.resetAndDestroy()
    else response.end('report')
  })
  for (let i = 0; i < 2; i += 1) expect(await limitedText(await reports.fetch(url))).toBe('report')
  expect([requests, sockets.length]).toEqual([3, 2])
})

it('ends a connection that is unused for the time that the replica announces, and opens another for the next request', async () => {
  const { reports, sockets, url } = await open((_, response) => {
    // Node.js takes a second off.
    response.setHeader('keep-alive', 'timeout=2').end('report')
  })
  for (let i = 0; i < 2; i += 1) expect(await limitedText(await reports.fetch(url))).toBe('report')
  expect(sockets).toHaveLength(1)
  const [socket] = sockets
  if (socket?.closed === false) await once(socket, 'close')
  expect(await limitedText(await reports.fetch(url))).toBe('report')
  expect(sockets).toHaveLength(2)
})

it('takes a first connection that is closed for no answer', async () => {
  const { reports, sockets, url } = await open(({ socket }) => socket.resetAndDestroy())
  await expect(reports.fetch(url)).rejects.toThrow('ECONNRESET')
  expect(sockets).toHaveLength(1)
})

it('reads no more of an answer than 4 MiB, and follows no redirect', async () => {
  const { reports, url } = await open(({ url: path }, response) => {
    if (path === '/moved') response.writeHead(302, { location: '/health/secrets' }).end()
    else response.end(Buffer.alloc(5 * 1024 * 1024, 'x'))
  })
  await expect(limitedText(await reports.fetch(url))).rejects.toThrow(RangeError)
  expect((await reports.fetch(new URL('/moved', url))).status).toBe(302)
})

it('ends a request with its signal', async () => {
  const { reports, url } = await open(() => undefined)
  const stop = new AbortController()
  const asked = reports.fetch(url, { signal: stop.signal })
  const ended = expect(asked).rejects.toThrow('aborted')
  stop.abort()
  await ended
})
