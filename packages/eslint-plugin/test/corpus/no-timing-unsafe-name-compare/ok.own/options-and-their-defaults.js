import { defaults } from './defaults.js'

export class Client {
  constructor(options) {
    this.options = { ...defaults, ...options }
  }

  isDefault() {
    return this.options.apiKey === defaults.apiKey
  }
}
