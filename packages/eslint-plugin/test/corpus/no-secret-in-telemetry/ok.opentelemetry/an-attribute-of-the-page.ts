import { secret } from '../../secret.ts'
const input = document.createElement('input')
input.setAttribute('value', secret.expose())
