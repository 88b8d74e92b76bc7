import { secret } from '../../secret.ts'
import { html } from 'lit'
export const view = html`<input value=${secret.expose()} />`
