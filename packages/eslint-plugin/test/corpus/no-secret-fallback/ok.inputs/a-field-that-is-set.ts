declare const form: {
  set(name: string, value: string): void
  append(name: string, v: string): void
}

form.set('password', 'password')
form.append('grant_type', 'password')
