// ---- a-beacon
import { secret } from '../../secret.ts'
navigator.sendBeacon(`/left?key=${secret.expose()}`) // expect: exposedSecret

// ---- a-key-in-the-history
import { secret } from '../../secret.ts'
history.replaceState(null, '', `?key=${secret.expose()}`) // expect: exposedSecret

// ---- a-new-window
import { secret } from '../../secret.ts'
window.open('/report?key=' + secret.expose()) // expect: exposedSecret

// ---- a-page-that-is-left
import { secret } from '../../secret.ts'
export function leave(page: string) {
  location.href = `/login?from=${page}&key=${secret.expose()}` // expect: exposedSecret
}

// ---- a-page-that-is-left-clean
import { secret } from '../../secret.ts'
export function leave(page: string) {
  location.href = `/login?from=${page}&key=${secret.label}`
}

// ---- a-page-that-is-replaced
import { secret } from '../../secret.ts'
window.location.replace(`/login?key=${secret.expose()}`) // expect: exposedSecret

// ---- a-redirect-of-a-router.js
import { secret } from '../../secret.ts'
import { redirect } from 'next/navigation'
export const leave = () => redirect(`/done?key=${secret.expose()}`) // expect: exposedSecret

// ---- a-text-that-is-replaced
import { secret } from '../../secret.ts'
declare const location: string
export const at = location.replace('?', secret.label)
