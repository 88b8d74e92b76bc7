export function validate(values: Record<string, string>) {
  const errors: Record<string, string> = {}
  if (!values['password']) errors['password'] = 'Senha não pode ser vazia!'
  if (!values['token']) errors['token'] = 'Invalid2FA'
  return errors
}
