import type { Operator } from './operator.ts'

/** The page of a browser without a session. */
export function signInPage(): string {
  return doorPage(
    'Sign in',
    `<p>This console shows the secrets of a family of services: names, versions and counts, and no value.</p>
      <p><a class="button" href="/login">Sign in</a></p>`,
  )
}

/** The page of a sign-in that failed. */
export function failedPage(reason: string): string {
  return doorPage(
    'You are not signed in',
    `<p>${escape(reason)}</p>
      <p><a class="button" href="/login">Sign in again</a></p>`,
  )
}

/** The page of a person without a role. */
export function forbiddenPage({ name, subject, issuer }: Operator, demand: string): string {
  return doorPage(
    'You may not see this console',
    `<p>You are signed in as <strong>${escape(name)}</strong>, <code>${escape(subject)}</code> at <code>${escape(issuer)}</code>.</p>
      <p>${escape(demand)} Ask for one at the identity provider, sign out, and sign in again.</p>
      <form method="post" action="/logout"><button class="button">Sign out</button></form>`,
  )
}

function doorPage(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} - Rekey console</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body>
    <header class="top">
      <p class="brand"><img src="/icon.svg" alt="" width="28" height="28" /> Rekey console</p>
    </header>
    <main>
    <section class="empty door">
      <h1>${title}</h1>
      ${content}
    </section>
    </main>
  </body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
}
