import type { FastifyRequest } from 'fastify'

/** How requests are written to the log: without query, headers and cookies, which carry codes, states and session ids. */
export const serializers = {
  req: ({ method, url, ip }: FastifyRequest) => ({
    method,
    path: url.split('?', 1)[0],
    remoteAddress: ip,
  }),
}
