import type { Service } from './engine.ts';

/** The label of every throw-away container, with its name as value. */
export const THROWAWAY_LABEL = 'holdfast.drill';

/** True for a container that a lab has started: never a server of anybody's. */
export function isThrowaway({ labels }: Pick<Service, 'labels'>): boolean {
  return labels[THROWAWAY_LABEL] !== undefined;
}
