export const isShown = (errors: { password?: string }, touched: { password?: string }) =>
  errors.password === 'required' || touched.password === 'changed'
