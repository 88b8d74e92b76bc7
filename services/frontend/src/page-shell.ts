import type { FastifyReply } from 'fastify'
import { html, type Html } from './html.ts'

/** A page of the portal. */
export interface Page {
  readonly title: string
  readonly main: Html
  /** The address of the person who is signed in. */
  readonly email?: string
  /** Whether the page needs the script. */
  readonly isScripted?: boolean
}

const SCRIPT = html`<script type="module" src="/portal.js"></script>`

/** Answers with a page. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(formatPage(page).markup)
}

function formatPage({ title, main, email, isScripted = false }: Page): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – VPN portal</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/portal.css" />
        ${isScripted ? SCRIPT : ''}
      </head>
      <body>
        <header class="top">
          <a class="brand" href="/"
            ><img src="/icon.svg" alt="" width="26" height="26" />VPN portal</a
          >
          ${email === undefined ? '' : signedIn(email)}
        </header>
        <main>${main}</main>
      </body>
    </html> `
}

function signedIn(email: string): Html {
  return html`<span class="who">${email}</span>
    <form method="post" action="/logout"><button>Sign out</button></form>`
}
