export class Connection {
  #lastToken = ''

  refresh(token: string) {
    if (token === this.#lastToken) return
    this.#lastToken = token
    this.reconnect()
  }

  reconnect() {}
}
