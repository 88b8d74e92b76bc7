const TOKEN_FORMAT = /^[a-z0-9]{32}$/

export const isToken = (token: string) =>
  token.match(TOKEN_FORMAT) !== null && token.search(/\s/) === -1
