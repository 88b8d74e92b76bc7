import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { html } from './html.ts'
import { type Page, sendPage } from './page-shell.ts'

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
 * Answers errors as JSON, or as a page where a browser opens one, and writes those of the server to the log. Of an error that is not
 * ours the log gets name, code and stack frames alone: clients of identity providers and databases put requests and answers into the
 * rest.
 */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ failure: describe(error) }, 'request failed')
    return refuse(request, reply, status, status < 500 ? error.message : TRY_LATER)
  })
  app.setNotFoundHandler((request, reply) => refuse(request, reply, 404, 'not found'))
}

/** Answers with `error` in JSON, or with a page that explains it where a page was asked for. */
function refuse(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  status: number,
  error: string,
): FastifyReply {
  reply.code(status)
  const isPage = headers.accept?.includes('text/html') === true
  return isPage ? sendPage(reply, errorPage(status, error)) : reply.send({ error })
}

interface Explanation {
  readonly title: string
  /** Default: the message of the error. */
  readonly text?: string
  readonly next: readonly [href: string, text: string]
}

const SIGN_IN = ['/login', 'Sign in'] as const
const PORTAL = ['/', 'Back to your profiles'] as const

const EXPLANATIONS: Readonly<Record<number, Explanation>> = {
  400: { title: 'The sign-in was not finished', next: ['/login', 'Sign in again'] },
  401: {
    title: 'You are signed out',
    text: 'Your session has ended, which it does eight hours after you signed in, and an hour after its last use. Nothing was changed. Sign in, then try again.',
    next: SIGN_IN,
  },
  403: { title: 'This was refused', next: PORTAL },
  404: {
    title: 'There is nothing here',
    text: 'The address is wrong, or it is of a profile that you do not have or have revoked.',
    next: PORTAL,
  },
}

const OTHER: Explanation = { title: 'This did not work', next: PORTAL }

const FAULT: Explanation = {
  title: 'The portal has a problem',
  text: 'It is not your fault, and a profile that is not in your list was not created. Try again in a few minutes. If that does not help, report the time and this page to your administrator.',
  next: PORTAL,
}

function errorPage(status: number, error: string): Page {
  const { title, text, next } = status >= 500 ? FAULT : (EXPLANATIONS[status] ?? OTHER)
  const [href, label] = next
  const words = text ?? `${error.charAt(0).toUpperCase()}${error.slice(1)}.`
  const main = html`<section class="card alone">
    <h1>${title}</h1>
    <p>${words}</p>
    <p><a class="button" href="${href}">${label}</a></p>
    <p class="quiet">Answer ${status}</p>
  </section>`
  return { title, main }
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
