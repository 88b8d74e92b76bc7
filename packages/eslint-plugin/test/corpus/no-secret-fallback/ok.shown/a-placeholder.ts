interface Props {
  passwordPlaceholder?: string
  passwordLabel?: string
}

export const texts = ({ passwordPlaceholder = 'Your password', passwordLabel }: Props) => ({
  placeholder: passwordPlaceholder,
  label: passwordLabel ?? 'Password',
})
