import type { FastifyError, FastifyInstance } from 'fastify'

/** The answer to a failed request. Its message holds nothing of the request. */
export class AnswerError extends Error {
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.name = 'AnswerError'
    this.statusCode = statusCode
  }
}

const TRY_LATER = 'try again later'

/**
 * Answers errors as JSON, and writes those of the server to the log. Of an error that is not ours the log gets name, code and
 * stack frames alone: clients of identity providers and databases put requests and answers into the rest.
 */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ failure: describe(error) }, 'request failed')
    return reply.code(status).send({ error: status < 500 ? error.message : TRY_LATER })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }))
}

function describe(error: FastifyError) {
  const { stack = '' } = error
  // A line of a message can look like a frame: only what follows the message is one.
  const messageAt = stack.indexOf(error.message)
  const rest = messageAt < 0 ? '' : stack.slice(messageAt + error.message.length)
  const frames = rest.split('\n').filter((line) => line.startsWith('    at '))
  const message = error instanceof AnswerError ? error.message : undefined
  return { name: error.name, code: error.code, message, frames }
}
