interface Props {
  values: { password: string; repeat: string }
}

export const matches = ({ values }: Props) => values.password === values.repeat
