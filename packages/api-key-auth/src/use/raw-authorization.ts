import type { IncomingMessage } from 'node:http'

/**
 * Every `Authorization` header of a request. `request.headers` keeps the first of several and drops the others without
 * a word (Node.js documentation, `message.headers`), so that a proxy in front could have judged a different one.
 */
export function rawAuthorization({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && isAuthorization(rawHeaders[i - 1]))
}

function isAuthorization(name: string | undefined): boolean {
  return name?.length === 'authorization'.length && name.toLowerCase() === 'authorization'
}
