/**
 * Sets an entry of a map, and moves it to the end. Deletes the oldest entry when the map is full.
 *
 * @param maxSize the maximum number of entries
 */
export function setNewest<K, V>(map: Map<K, V>, key: K, value: V, maxSize: number): void {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > maxSize && oldest !== undefined) map.delete(oldest);
}
