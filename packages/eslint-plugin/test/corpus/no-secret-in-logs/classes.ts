// ---- another-method-of-an-object
import { secret } from '../../secret.ts'
const client = {
  key: secret.expose(),
  name: 'signing',
  print() {
    console.log(this.name)
  },
}
client.print()

// ---- a-field-of-the-base-class
import { secret } from '../../secret.ts'
class Client {
  protected key = secret.expose()
}
class SigningClient extends Client {
  print() {
    console.log(this.key) // expect: exposedSecret
  }
}

// ---- another-field-of-the-base-class
import { secret } from '../../secret.ts'
class Client {
  protected key = secret.expose()
  protected name = 'client'
}
class SigningClient extends Client {
  print() {
    console.log(this.name)
  }
}

// ---- a-field-that-is-set-from-outside
// missed
import { secret } from '../../secret.ts'
class Client {
  key = ''
  print() {
    console.log(this.key)
  }
}
const client = new Client()
client.key = secret.expose()
client.print()

// ---- another-static-field
import { secret } from '../../secret.ts'
class Client {
  static key = secret.expose()
  static path = '/keys'
}
console.log(Client.path)

// ---- a-private-method
import { secret } from '../../secret.ts'
class Client {
  #authorization() {
    return `Bearer ${secret.expose()}`
  }
  print() {
    console.log({ authorization: this.#authorization() }) // expect: exposedSecret
  }
}

// ---- a-class-that-says-what-is-printed
import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
  toJSON() {
    return { name: 'client' }
  }
}
console.log(JSON.stringify(new Client(secret.expose())))

// ---- a-static-field
import { secret } from '../../secret.ts'
class Client {
  static key = secret.expose()
}
console.log(Client.key) // expect: exposedSecret

// ---- an-arrow-function-in-a-field
import { secret } from '../../secret.ts'
class Screen {
  show = (text: string) => console.log(text) // expect: exposedSecret
  open() {
    this.show(secret.expose())
  }
}

// ---- a-method-of-another-class
import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
}
class Safe {
  show(text: string) {
    return text.length
  }
}
new Safe().show(secret.expose())
new Screen().show('ready')

// ---- into-the-constructor-of-the-base-class
import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
  print() {
    console.log(this.key) // expect: exposedSecret
  }
}
class SigningClient extends Client {
  constructor() {
    super(secret.expose())
  }
}
new SigningClient().print()

// ---- a-ciphertext-class
import { secret } from '../../secret.ts'
class Ciphertext {
  constructor(readonly bytes: string) {}
}
function lock(text: string): Ciphertext {
  return new Ciphertext(text.split('').reverse().join(''))
}
console.log(lock(secret.expose()))

// ---- into-the-method-of-an-instance
import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text) // expect: exposedSecret
  }
}
const screen = new Screen()
screen.show(secret.expose())

// ---- into-another-method-of-an-instance
import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
  hide(text: string) {
    return text.length
  }
}
const screen = new Screen()
screen.hide(secret.expose())
screen.show('ready')

// ---- into-the-method-of-an-object
import { secret } from '../../secret.ts'
const screen = {
  show(text: string) {
    console.log(text) // expect: exposedSecret
  },
}
screen.show(secret.expose())

// ---- kept-in-the-cache-of-an-instance
import { secret } from '../../secret.ts'
class Keys {
  readonly #cache = new Map<string, string>()
  load() {
    this.#cache.set('signing', secret.expose())
  }
  print() {
    console.log([...this.#cache]) // expect: exposedSecret
  }
}

// ---- another-method-of-what-a-function-makes
import { secret } from '../../secret.ts'
function createClient(key: string) {
  return { header: () => `Bearer ${key}`, size: () => key.length }
}
const client = createClient(secret.expose())
console.log(client.size())

// ---- the-method-of-an-object
import { secret } from '../../secret.ts'
const client = {
  key: secret.expose(),
  print() {
    console.log(this.key) // expect: exposedSecret
  },
}
client.print()

// ---- the-method-of-what-a-function-makes
import { secret } from '../../secret.ts'
function createClient(key: string) {
  return { header: () => `Bearer ${key}`, close() {} }
}
const client = createClient(secret.expose())
console.log(client.header()) // expect: exposedSecret
