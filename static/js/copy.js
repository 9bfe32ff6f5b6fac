// Buttons that copy the text of another element. They are hidden where the clipboard cannot be written to.

if (navigator.clipboard) {
  document.documentElement.classList.add("has-script");
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      await navigator.clipboard.writeText(source.textContent.trim());
      button.querySelector("span").textContent = button.dataset.copied;
    });
  }
}
