// A package dropped on its page: it is put into the form, so that what happens is what the form does.

const place = document.querySelector("[data-drop]");

if (place) {
  const form = place.querySelector("[data-drop-form]");
  const says = place.querySelector("[data-drop-says]");
  const file = form.elements.component;
  const holds = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let over = 0;

  const lit = (on) => place.classList.toggle("over", on);
  document.addEventListener("dragenter", (event) => {
    if (!holds(event)) return;
    over += 1;
    place.open = true;
    lit(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!holds(event)) return;
    over -= 1;
    if (over <= 0) lit(false);
  });
  document.addEventListener("dragover", (event) => {
    if (holds(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    over = 0;
    lit(false);
    place.open = true;
    // A component, and its signature where both are dropped.
    for (const dropped of event.dataTransfer.files) {
      const into = dropped.name.endsWith(".minisig") ? form.elements.signature : file;
      const one = new DataTransfer();
      one.items.add(dropped);
      into.files = one.files;
    }
    (form.elements.package.value ? form.querySelector("[type=submit]") : form.elements.package).focus();
  });
  form.addEventListener("submit", () => {
    says.textContent = form.dataset.sending;
    form.querySelector("[type=submit]").disabled = true;
  });
  addEventListener("pageshow", () => {
    says.textContent = "";
    form.querySelector("[type=submit]").disabled = false;
  });
}
