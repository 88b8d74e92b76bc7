export const styles = {
  token: 'color.background.brand.bold.2',
  secret: 'var(--space-200)',
  password: '#password-field1',
}
