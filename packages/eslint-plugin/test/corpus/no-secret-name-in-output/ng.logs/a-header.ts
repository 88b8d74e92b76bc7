import type { IncomingMessage } from 'node:http'
export const trace = (request: IncomingMessage) => console.log(request.headers.authorization)
