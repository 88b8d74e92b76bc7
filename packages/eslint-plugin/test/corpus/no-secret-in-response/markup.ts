// ---- a-text.tsx
import type { Secret } from '../../secret.ts'

export const Page = ({ secret }: { secret: Secret }) => <p>Your key: {secret.expose()}</p> // expect: exposedSecret

// ---- a-length.tsx
import type { Secret } from '../../secret.ts'

export const Page = ({ secret }: { secret: Secret }) => <p>{secret.expose().length} characters</p>

// ---- a-secret-itself.tsx
import { Secret } from '../../secret.ts'

const secret = Secret.of(process.env.KEY ?? '', 'API key')
export const Page = () => <p>{secret}</p> // expect: secretObject

// ---- a-label.tsx
import { Secret } from '../../secret.ts'

const secret = Secret.of(process.env.KEY ?? '', 'API key')
export const Page = () => <p title={secret.label}>{secret.label}</p>

// ---- a-link.tsx
import type { Secret } from '../../secret.ts'

export const Page = ({ secret }: { secret: Secret }) => (
  <a href={`/report?token=${secret.expose()}`}>Report</a> // expect: exposedSecret
)

// ---- a-signed-link.tsx
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'

export const Page = ({ secret, path }: { secret: Secret; path: string }) => (
  <a href={`${path}?sig=${createHmac('sha256', secret.expose()).update(path).digest('hex')}`}>Report</a>
)

// ---- a-prop-of-a-component.tsx
import type { Secret } from '../../secret.ts'
import { Config } from './config.tsx'

export async function Layout({ load }: { load: () => Promise<Secret> }) {
  const secret = await load()
  return <Config apiKey={secret.expose()} /> // expect: exposedSecret
}

// ---- a-secret-handed-to-a-component.tsx
import type { Secret } from '../../secret.ts'
import { Report } from './report.tsx'

export const Page = ({ secret }: { secret: Secret }) => <Report secret={secret} of={[secret]} />

// ---- a-member-component.jsx
import { Ui } from './ui'

export const Page = ({ secret }) => <Ui.Field label={secret.expose()} /> // expect: exposedSecret

// ---- html-as-it-is.jsx
export const Page = ({ secret }) => (
  <script dangerouslySetInnerHTML={{ __html: `window.KEY = "${secret.expose()}"` }} /> // expect: exposedSecret
)

// ---- html-of-a-constant.jsx
const reload = 'location.reload()'
export const Page = () => <script dangerouslySetInnerHTML={{ __html: reload }} />

// ---- attributes-that-are-spread.jsx
export const Page = ({ secret }) => {
  const attributes = { id: 'key', 'data-key': secret.expose() }
  return <div {...attributes} /> // expect: exposedSecret
}

// ---- attributes-that-are-spread-without.jsx
export const Page = ({ secret }) => {
  const attributes = { id: 'key', 'data-version': secret.version }
  return <div {...attributes} />
}

// ---- a-fragment.jsx
export const Page = ({ secret }) => {
  const value = secret.expose()
  return (
    <>
      {value}
    </>
  )
} // expect at 5: exposedSecret

// ---- a-list.jsx
export const Page = ({ secrets }) => (
  <ul>
    {secrets.map((secret) => (
      <li key={secret.label}>{secret.expose()}</li>
    ))}
  </ul>
) // expect at 4: exposedSecret

// ---- a-list-of-labels.jsx
export const Page = ({ secrets }) => <ul>{secrets.map(({ label }) => <li key={label}>{label}</li>)}</ul>

// ---- a-condition.jsx
export const Page = ({ secret, isShown }) => <p>{isShown ? secret.expose() : '***'}</p> // expect: exposedSecret

// ---- whether-there-is-one.jsx
export const Page = ({ secret }) => <p>{secret.expose() !== '' && <b>A key is set</b>}</p>

// ---- a-field-for-people.jsx
export const Field = ({ secret, set }) => <input value={secret.expose()} onChange={set} /> // expect: exposedSecret

// ---- a-password-field.jsx
export const Field = ({ password, set }) => (
  <input type="password" value={password.expose()} onChange={(event) => set(event.target.value)} />
)

// ---- a-handler.jsx
export const Copy = ({ secret, copy }) => <button onClick={() => copy(secret.expose())}>Copy</button>

// ---- a-comment.jsx
export const Page = () => <p>{/* secret.expose() */}</p>

// ---- rendered-to-a-text.jsx
import { renderToString } from 'react-dom/server'
import { Page } from './page'

app.get('/', (req, res) => {
  res.send(
    renderToString(
      <Page token={secret.expose()} />, // expect: exposedSecret
    ),
  )
})

// ---- an-element-that-is-sent.jsx
import { renderToString } from 'react-dom/server'

app.get('/', (req, res) => {
  const page = <main>{secret.expose()}</main> // expect: exposedSecret
  res.send(renderToString(page)) // expect: exposedSecret
})

// ---- created-without-jsx.js
const React = require('react')

exports.Page = ({ secret }) => React.createElement('p', null, secret.expose()) // expect: exposedSecret

// ---- a-render-function-of-vue
import { h } from 'vue'
import type { Secret } from '../../secret.ts'

export const render = (secret: Secret) => h('input', { value: secret.expose() }) // expect: exposedSecret
export const copying = (secret: Secret, copy: (text: string) => void) =>
  h('button', { title: secret.label, onClick: () => copy(secret.expose()) })

// ---- inner-html.js
document.querySelector('#key').innerHTML = `<b>${secret.expose()}</b>` // expect: exposedSecret
document.querySelector('#label').textContent = secret.label
document.write(secret.expose()) // expect: exposedSecret
