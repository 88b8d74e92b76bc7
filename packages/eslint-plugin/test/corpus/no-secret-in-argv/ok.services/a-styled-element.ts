import { secret } from '../../secret.ts'
import { html } from 'htm/preact'
export const field = () => html`<input type="password" value=${secret.expose()} />`
