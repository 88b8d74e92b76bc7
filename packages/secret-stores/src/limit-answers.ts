import type { Agent, ClientRequest, IncomingMessage } from 'node:http'

/** Several times what Kubernetes (1 MiB) and AWS (64 KiB) take for one secret, since JSON and base64 make it longer. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** The code of the error with which an answer ends that is too long. */
export const ANSWER_TOO_LARGE = 'ERR_ANSWER_TOO_LARGE'

interface Requesting {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * Makes an agent end every answer that is longer than {@link MAX_ANSWER_BYTES}, for clients that read answers whole and know
 * no limit. The reader of the answer gets an error with the code {@link ANSWER_TOO_LARGE}.
 */
export function limitAnswers<A extends Agent>(agent: A): A {
  const inner = agent as unknown as Requesting
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, options) => {
    request.prependOnceListener('response', limitAnswer)
    addRequest(request, options)
  }
  return agent
}

function limitAnswer(answer: IncomingMessage): void {
  const push = answer.push.bind(answer)
  let bytes = 0
  answer.push = (chunk: Buffer | null, encoding) => {
    bytes += chunk?.length ?? 0
    if (bytes <= MAX_ANSWER_BYTES) return push(chunk, encoding)
    answer.destroy(Object.assign(new Error('the answer is too long'), { code: ANSWER_TOO_LARGE }))
    return false
  }
}
