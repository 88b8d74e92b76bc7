// ---- a-cookie-of-a-library
import { secret } from '../../secret.ts'
import Cookies from 'js-cookie'
Cookies.set('key', secret.expose()) // expect: exposedSecret

// ---- a-cookie-of-a-page
import { secret } from '../../secret.ts'
document.cookie = `key=${secret.expose()}; secure` // expect: exposedSecret

// ---- a-cookie-with-a-label
import { secret } from '../../secret.ts'
document.cookie = `key=${secret.label}; secure`

// ---- a-database-of-a-page
import { secret } from '../../secret.ts'
export function keep(database: IDBDatabase) {
  const store = database.transaction('keys', 'readwrite').objectStore('keys')
  store.put(secret.expose(), 'key') // expect: exposedSecret
  store.put(secret.label, 'name')
}

// ---- a-key-in-local-storage
import { secret } from '../../secret.ts'
localStorage.setItem('key', secret.expose()) // expect: exposedSecret
sessionStorage.setItem('key', JSON.stringify({ key: secret.expose() })) // expect: exposedSecret
window.localStorage['key'] = secret.expose() // expect: exposedSecret

// ---- a-label-in-local-storage
import { secret } from '../../secret.ts'
localStorage.setItem('key', secret.label)
localStorage['theme'] = 'dark'

// ---- a-map-of-the-program
import { secret } from '../../secret.ts'
const storage = new Map<string, string>()
storage.set('key', secret.expose())

// ---- a-phone.js
import { secret } from '../../secret.ts'
import AsyncStorage from '@react-native-async-storage/async-storage'
await AsyncStorage.setItem('key', secret.expose()) // expect: exposedSecret

// ---- a-store-of-keys-and-values
import { secret } from '../../secret.ts'
import { set } from 'idb-keyval'
await set('key', secret.expose()) // expect: exposedSecret

// ---- an-alias-of-the-storage
import { secret } from '../../secret.ts'
const storage = localStorage
storage.setItem('key', secret.expose()) // expect: exposedSecret
